from . import (
    acorn_amazon_application,
    acorn_amazon_keyring,
    acorn_amazon_listing,
    acorn_amazon_marketplace,
    acorn_amazon_oauth_nonce,
    acorn_amazon_participation,
    acorn_amazon_preflight_line,
    acorn_amazon_secret_mixin,
    acorn_amazon_store,
    acorn_amazon_token,
)
