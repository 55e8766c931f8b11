from . import acorn_amazon_secret_mixin  # the models below inherit from it
from . import acorn_amazon_wizard_mixin
from . import (
    account_move,
    acorn_amazon_application,
    acorn_amazon_budget,
    acorn_amazon_call,
    acorn_amazon_census,
    acorn_amazon_exchange,
    acorn_amazon_exchange_explain,
    acorn_amazon_exchange_outcome,
    acorn_amazon_exchange_repair,
    acorn_amazon_flow,
    acorn_amazon_incident,
    acorn_amazon_keyring,
    acorn_amazon_listing,
    acorn_amazon_marketplace,
    acorn_amazon_oauth_nonce,
    acorn_amazon_offer_event,
    acorn_amazon_participation,
    acorn_amazon_participation_orders,
    acorn_amazon_preflight_line,
    acorn_amazon_store,
    acorn_amazon_store_dashboard,
    acorn_amazon_store_flows,
    acorn_amazon_task,
    acorn_amazon_token,
    res_partner,
    sale_order,
    sale_order_line,
    sale_order_shipping,
    stock_move,
    stock_picking,
    stock_quant,
    stock_rule,
)
from . import stock
from . import shipping
from . import fba
from . import listing
