"""``/apps/authorize/consent``: Seller Central's page, to be clicked through."""

from __future__ import annotations

from html import escape
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from ..exchange import Exchange, Reply
from ..marketplaces import MARKETPLACES

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title><link rel="icon" href="data:,">
<style>
body {{ font-family: sans-serif; background: #f3f3f3; margin: 0; }}
header {{ background: #232f3e; color: #fff; padding: 12px 24px; }}
main {{ background: #fff; max-width: 640px; margin: 32px auto; padding: 24px;
  border: 1px solid #ddd; border-radius: 6px; }}
label {{ display: block; margin: 10px 0; }}
button {{ padding: 8px 20px; border-radius: 4px; border: 1px solid #888; }}
button.primary {{ background: #ffa724; font-weight: bold; }}
.error {{ color: #b12704; }}
</style></head>
<body><header>Seller Central (simulator)</header><main>{body}</main></body></html>
"""


def show(exchange: Exchange) -> Reply:
    """Show who asks for what, or the error Seller Central would show."""
    args = exchange.request.args
    application, redirect_uri, refusal = _judge(exchange, args)
    if refusal is not None:
        return refusal
    sellers = "".join(
        _choice(seller, first=not number)
        for number, seller in enumerate(exchange.simulation.sellers.values())
    )
    hidden = "".join(
        f'<input type="hidden" name="{name}" value="{escape(value)}">'
        for name, value in (
            ("application_id", application.application_id),
            ("redirect_uri", redirect_uri),
            ("state", args.get("state", "")),
            ("version", args.get("version", "")),
        )
    )
    roles = "".join(f"<li>{escape(role)}</li>" for role in sorted(application.roles))
    name = escape(application.name or application.application_id)
    body = f"""<h1>Authorize {name}</h1>
<p>This application asks for access to your selling account:</p><ul>{roles}</ul>
<form method="post" action="">{hidden}
<fieldset><legend>Signed in as</legend>{sellers}</fieldset>
<label><input type="checkbox" name="confirm" value="yes" required>
I direct Amazon to provide this application access to my account.</label>
<button class="primary" name="decision" value="confirm">Confirm</button>
<button name="decision" value="cancel" formnovalidate>Cancel</button>
</form>"""
    return _page("Authorize application", body)


def decide(exchange: Exchange) -> Reply:
    """Redirect to the application with a code, its state and the seller's id."""
    form = exchange.request.form
    application, redirect_uri, refusal = _judge(exchange, form)
    if refusal is not None:
        return refusal
    if form.get("decision") != "confirm":
        body = "<p>You have not authorized the application.</p>"
        return _page("Not authorized", body)
    seller = exchange.simulation.sellers.get(form.get("selling_partner_id"))
    if seller is None or form.get("confirm") != "yes":
        return _refuse("Choose an account and tick the box.", None)
    exchange.application, exchange.seller = application, seller
    code = exchange.simulation.lwa.issue_code(
        application, seller.seller_id, redirect_uri
    )
    target = urlsplit(redirect_uri)
    query = parse_qsl(target.query, keep_blank_values=True)
    query += [
        ("state", form.get("state", "")),
        ("selling_partner_id", seller.seller_id),
        ("spapi_oauth_code", code),
    ]
    location = urlunsplit(target._replace(query=urlencode(query)))
    return Reply(
        "",
        302,
        {"Location": location, "Referrer-Policy": "no-referrer"},
        content_type="text/html; charset=utf-8",
    )


def _judge(exchange: Exchange, values):
    """Return (application, redirect address, refusal page or None)."""
    application = exchange.simulation.lwa.find_application(values.get("application_id"))
    if application is None:
        return None, None, _refuse("The application id is not valid.", "MD1000")
    if application.is_draft and values.get("version") != "beta":
        message = "The application is a draft: version=beta is missing."
        return None, None, _refuse(message, "MD1000")
    redirect_uri = values.get("redirect_uri") or next(
        iter(application.redirect_uris), ""
    )
    if not application.accepts_redirect(redirect_uri):
        message = "The redirect address is not registered for this application."
        return None, None, _refuse(message, "MD5101")
    return application, redirect_uri, None


def _choice(seller, first: bool) -> str:
    countries = ", ".join(
        MARKETPLACES[id_].country_code for id_ in seller.marketplace_ids
    )
    checked = " checked" if first else ""
    return (
        f'<label><input type="radio" name="selling_partner_id"'
        f' value="{escape(seller.seller_id)}"{checked}> {escape(seller.store_name)}'
        f" ({seller.region.upper()}: {countries}) {escape(seller.seller_id)}</label>"
    )


def _refuse(message: str, code: str | None) -> Reply:
    shown = f"<p>Error code: <strong>{code}</strong></p>" if code else ""
    body = f'<h1>Error</h1><p class="error">{escape(message)}</p>{shown}'
    return _page("Error", body, 400)


def _page(title: str, body: str, status: int = 200) -> Reply:
    html = _PAGE.format(title=title, body=body)
    return Reply(html, status, content_type="text/html; charset=utf-8")
