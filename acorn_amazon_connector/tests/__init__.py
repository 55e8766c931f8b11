from . import (
    test_access,
    test_application,
    test_listing,
    test_oauth,
    test_participation,
    test_secrets,
    test_store,
)
