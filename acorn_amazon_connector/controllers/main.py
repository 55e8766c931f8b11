import logging

from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..models.acorn_amazon_application import CALLBACK_PATH
from ..models.acorn_amazon_store import StateRepeated
from ..services.errors import AuthorizationError, RequestError, SpApiError
from ..services.oauth_state import StateError

_logger = logging.getLogger(__name__)

# The address of these pages carries an authorisation code; no other site may see
# it, and no cache may keep it.
HEADERS = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex",
}
TEMPLATE = "acorn_amazon_connector.oauth_error_page"


class AcornAmazonOauth(http.Controller):
    """Where Amazon's consent page sends the seller back to (A10)."""

    @http.route(CALLBACK_PATH, type="http", auth="user", methods=["GET"], sitemap=False)
    def callback(
        self,
        state=None,
        selling_partner_id=None,
        spapi_oauth_code=None,
        error=None,
        **_unused,
    ):
        """Verify the state, keep the authorisation, go back to the assistant."""
        env = request.env
        try:
            store = env["acorn.amazon.store"]._accept_state(state or "")
        except StateRepeated as exc:
            return self._show_again(exc)
        except (StateError, AccessError) as exc:
            _logger.warning("Consent refused for user %s: %s", env.uid, exc)
            return self._error_page(
                env._("This authorisation cannot be accepted"),
                env._(
                    "The link is too old, was used before, or was started by someone"
                    " else. Nothing was changed. Start the authorisation again from"
                    " the store."
                ),
            )
        wizard = env["acorn.amazon.connect.wizard"]._get_for_store(store)
        if error or not spapi_oauth_code or not selling_partner_id:
            return self._error_page(
                env._("Amazon did not give an authorisation"),
                env._(
                    "The seller did not agree, or Amazon sent no code. Nothing was"
                    " changed. The store's primary user must give the consent."
                ),
                wizard,
            )
        try:
            store._check_seller(selling_partner_id)
        except UserError as exc:
            return self._error_page(
                env._("This is not the expected seller"), str(exc), wizard
            )
        try:
            store._complete_consent(selling_partner_id, spapi_oauth_code)
        except (SpApiError, UserError) as exc:
            _logger.warning("Consent of store %s failed: %s", store.id, exc)
            return self._failure_page(store, exc, wizard)
        wizard._consent_given()
        return self._with_headers(request.redirect(self._wizard_url(wizard)))

    def _show_again(self, repeated):
        """Show what came of a consent; its code went to Amazon the first time."""
        env = request.env
        wizard = env["acorn.amazon.connect.wizard"]._get_for_store(repeated.store)
        if repeated.is_connected:
            return self._with_headers(request.redirect(self._wizard_url(wizard)))
        text = env._(
            "Amazon's answer was used before, and the store is not authorised. If you"
            " have just come from Amazon, wait a moment and reload this page."
        )
        return self._error_page(
            env._("The authorisation is not finished"),
            [text, self._get_way_on()],
            wizard,
        )

    def _failure_page(self, store, exc, wizard):
        env = request.env
        title = env._("The authorisation is not finished")
        if isinstance(exc, UserError):
            return self._error_page(title, str(exc), wizard)
        if isinstance(exc, (AuthorizationError, RequestError)):
            title = env._("Amazon refused the authorisation code")
        explanation = [store._get_advice(exc), self._get_way_on()]
        return self._error_page(title, explanation, wizard, details=str(exc))

    def _get_way_on(self):
        return request.env._(
            "Nothing was changed. Go back to the store and open Amazon's consent page"
            " again: each consent brings a new code."
        )

    def _wizard_url(self, wizard):
        return f"/odoo/amazon-connect/{wizard.id}"

    def _error_page(self, title, explanation, wizard=None, details=None):
        """:param explanation: paragraphs, or one text
        :param str details: Amazon's own words
        """
        paragraphs = [explanation] if isinstance(explanation, str) else explanation
        values = {
            "title": title,
            "explanation": paragraphs,
            "details": details,
            # Odoo does not translate a template that begins with a document type.
            "back": request.env._("Back to the store"),
            "url": self._wizard_url(wizard) if wizard else "/odoo/amazon-stores",
        }
        response = request.render(TEMPLATE, values, status=400)
        return self._with_headers(response)

    def _with_headers(self, response):
        response.headers.update(HEADERS)
        return response
