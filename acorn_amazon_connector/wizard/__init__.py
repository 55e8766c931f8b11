from . import (
    acorn_amazon_buy_label,
    acorn_amazon_connect_wizard,
    acorn_amazon_key_rotation,
    acorn_amazon_label_settle,
    acorn_amazon_map_sku,
    acorn_amazon_package_dismiss,
)
from . import acorn_amazon_publication_import
from . import acorn_amazon_publication_import_error
from . import acorn_amazon_create_products
from . import acorn_amazon_create_variants
