from odoo import http
from odoo.http import content_disposition, request

from ..models.acorn_onboarding_registration_package import PACKAGE_PATH


class AcornOnboardingPackage(http.Controller):
    """Where the package of a registration is downloaded (B26)."""

    @http.route(
        f"{PACKAGE_PATH}/<string:ids>",
        type="http",
        auth="user",
        methods=["GET"],
        sitemap=False,
    )
    def package(self, ids):
        """Send a ZIP archive that exists nowhere else, and let nothing keep it.

        :param str ids: of registrations, separated by commas
        """
        numbers = ids.split(",")
        if not all(number.isdecimal() and len(number) < 10 for number in numbers):
            raise request.not_found()
        registrations = request.env["acorn.onboarding.registration"].browse(
            dict.fromkeys(map(int, numbers))
        )
        if registrations != registrations.exists():
            raise request.not_found()
        name, content = registrations._export_packages()
        return request.make_response(
            content,
            headers=[
                ("Content-Type", "application/zip"),
                ("Content-Length", len(content)),
                ("Content-Disposition", content_disposition(name)),
                ("Cache-Control", "no-store"),
                ("X-Content-Type-Options", "nosniff"),
            ],
        )
