"""The Selling Partner API of one seller: one attribute per API family."""

from .api.catalog import CatalogApi
from .api.definitions import DefinitionsApi
from .api.fba_inventory import FbaInventoryApi
from .api.feeds import FeedsApi
from .api.fulfillment_inbound import FulfillmentInboundApi
from .api.fulfillment_outbound import FulfillmentOutboundApi
from .api.listings import ListingsApi
from .api.merchant_fulfillment import MerchantFulfillmentApi
from .api.orders import OrdersApi
from .api.orders_v0 import OrdersV0Api
from .api.reports import ReportsApi
from .api.restrictions import RestrictionsApi
from .api.sellers import SellersApi
from .api.tokens import TokensApi
from .transport import Transport


class SpApiClient:
    """Composes the families over one transport."""

    def __init__(self, transport: Transport):
        self.transport = transport
        self.orders = OrdersApi(transport)
        self.orders_v0 = OrdersV0Api(transport)
        self.sellers = SellersApi(transport)
        self.listings = ListingsApi(transport)
        self.feeds = FeedsApi(transport)
        self.catalog = CatalogApi(transport)
        self.definitions = DefinitionsApi(transport)
        self.restrictions = RestrictionsApi(transport)
        self.fba_inventory = FbaInventoryApi(transport)
        self.fulfillment_inbound = FulfillmentInboundApi(transport)
        self.fulfillment_outbound = FulfillmentOutboundApi(transport)
        self.merchant_fulfillment = MerchantFulfillmentApi(transport)
        self.reports = ReportsApi(transport)
        self.tokens = TokensApi(transport)
