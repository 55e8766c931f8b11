import itertools
from contextlib import ExitStack, contextmanager

from odoo.tests import TransactionCase, new_test_user

APPLICATION_ID = "amzn1.sp.solution.00000000-0000-4000-8000-000000000001"
CLIENT_SECRET = "test-secret-of-the-application"
REFRESH_TOKEN = "test-refresh-token-of-the-seller"
USER_GROUP = "acorn_amazon_connector.group_acorn_amazon_user"
MANAGER_GROUP = "acorn_amazon_connector.group_acorn_amazon_manager"
_numbers = itertools.count()


class AmazonCommon:
    """Records that most tests start from; put it before any Odoo test case."""

    @classmethod
    def _request_handler(cls, session, request, /, **kwargs):
        """Override of Odoo's network guard, which takes a timeout for one number."""
        if isinstance(kwargs.get("timeout"), tuple):
            kwargs["timeout"] = max(kwargs["timeout"])
        return super()._request_handler(session, request, **kwargs)

    @classmethod
    @contextmanager
    def _test_cursors(cls):
        """Registry test mode, also where there is no test yet."""
        cls.env.flush_all()
        patches = cls._registry_test_mode_patches(cr=cls.cr, registry=cls.registry)
        with ExitStack() as stack:
            for patch in patches:
                stack.enter_context(patch)
            yield
        cls.env.invalidate_all()

    @classmethod
    def _create_application(cls, **values):
        return cls.env["acorn.amazon.application"].create(
            {
                "name": "Test application",
                "environment": "simulator",
                # Nothing listens there: a test that reaches out fails at once.
                "simulator_url": "http://127.0.0.1:9",
                "application_id": APPLICATION_ID,
                "client_id": f"amzn1.application-oa2-client.{next(_numbers)}",
                "client_secret": CLIENT_SECRET,
                **values,
            }
        )

    @classmethod
    def _create_store(cls, **values):
        application = values.pop("application", None)
        application = application or cls._create_application()
        marketplace = values.pop("marketplace", None) or cls._marketplace("de")
        return cls.env["acorn.amazon.store"].create(
            {
                "name": "Test store",
                "application_id": application.id,
                "region": marketplace.region,
                "home_marketplace_id": marketplace.id,
                "seller_id": "ATESTSELLER001",
                "refresh_token": REFRESH_TOKEN,
                **values,
            }
        )

    @classmethod
    def _marketplace(cls, country):
        return cls.env.ref(f"acorn_amazon_connector.marketplace_{country}")

    @classmethod
    def _participation_row(cls, country, participating=True, **values):
        """An entry as ``getMarketplaceParticipations`` answers it."""
        marketplace = cls._marketplace(country)
        return {
            "marketplace": {
                "id": marketplace.amazon_id,
                "name": f"Amazon.{country}",
                "countryCode": marketplace.country_id.code,
                "defaultCurrencyCode": marketplace.currency_id.name,
                "defaultLanguageCode": marketplace.lang_code,
                "domainName": f"www.{marketplace.domain}",
            },
            "participation": {
                "isParticipating": participating,
                "hasSuspendedListings": False,
            },
            "storeName": "Fernhollow",
            **values,
        }

    @classmethod
    def _create_user(cls, login, group=None, company=None):
        company = company or cls.env.company
        return new_test_user(
            cls.env,
            login,
            groups=group or "base.group_user",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )


class AmazonCase(AmazonCommon, TransactionCase):
    """A store, and the people who may or may not see it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.application = cls._create_application()
        cls.store = cls._create_store(application=cls.application)
        cls.user = cls._create_user("amazon_user", USER_GROUP)
        cls.manager = cls._create_user("amazon_manager", MANAGER_GROUP)
        cls.outsider = cls._create_user("outsider")
        cls.portal = cls._create_user("portal_buyer", "base.group_portal")
        cls.other_company = cls.env["res.company"].create({"name": "Other company"})
        cls.other_manager = cls._create_user(
            "other_manager", MANAGER_GROUP, cls.other_company
        )
