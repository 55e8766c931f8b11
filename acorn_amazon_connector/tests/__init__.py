from . import (
    test_access,
    test_application,
    test_confirmation_batch,
    test_listing,
    test_oauth,
    test_orders_blocked,
    test_orders_buyers,
    test_orders_money,
    test_participation,
    test_secrets,
    test_store,
    test_views_engine,
)
