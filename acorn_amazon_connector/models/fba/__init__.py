from . import (
    acorn_amazon_exchange,
    acorn_amazon_fba_inventory,
    acorn_amazon_fba_event,
    acorn_amazon_fba_event_booking,
    acorn_amazon_fba_event_shipments,
    acorn_amazon_fba_balance,
    acorn_amazon_outbound,
    acorn_amazon_store,
    stock_location,
    stock_move,
    stock_picking,
)
