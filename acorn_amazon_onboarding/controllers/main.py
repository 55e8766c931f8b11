from odoo import http
from odoo.http import content_disposition, request

from ..models.acorn_onboarding_developer_application import APPLICATION_PATH
from ..models.acorn_onboarding_registration_package import PACKAGE_PATH
from ..models.acorn_onboarding_representative_privacy import PERSONAL_DATA_PATH


class AcornOnboardingDownloads(http.Controller):
    """Where files are downloaded that exist nowhere else (B12, B26, B27)."""

    @http.route(
        f"{PACKAGE_PATH}/<string:ids>",
        type="http",
        auth="user",
        methods=["GET"],
        sitemap=False,
    )
    def package(self, ids):
        """Send the packages of registrations as a ZIP archive."""
        registrations = _find("acorn.onboarding.registration", ids)
        return _send("application/zip", *registrations._export_packages())

    @http.route(
        f"{PERSONAL_DATA_PATH}/<string:ids>",
        type="http",
        auth="user",
        methods=["GET"],
        sitemap=False,
    )
    def personal_data(self, ids):
        """Send everything about a person as a ZIP archive."""
        people = _find("acorn.onboarding.representative", ids)
        return _send("application/zip", *people._export_personal_data())

    @http.route(
        f"{APPLICATION_PATH}/<string:ids>",
        type="http",
        auth="user",
        methods=["GET"],
        sitemap=False,
    )
    def application(self, ids):
        """Send a developer's application for access as PDF."""
        developer = _find("acorn.onboarding.developer", ids)[:1]
        return _send("application/pdf", *developer._export_application())


def _find(model, ids):
    """Return the records that an address names.

    :param str ids: separated by commas
    :raise NotFound: when one does not exist
    """
    numbers = ids.split(",")
    if not all(number.isdecimal() and len(number) < 10 for number in numbers):
        raise request.not_found()
    records = request.env[model].browse(dict.fromkeys(map(int, numbers)))
    if records != records.exists():
        raise request.not_found()
    return records


def _send(mimetype, name, content):
    """Answer with a file that nothing may keep."""
    return request.make_response(
        content,
        headers=[
            ("Content-Type", mimetype),
            ("Content-Length", len(content)),
            ("Content-Disposition", content_disposition(name)),
            ("Cache-Control", "no-store"),
            ("X-Content-Type-Options", "nosniff"),
        ],
    )
