from . import acorn_amazon_connect_wizard
