from . import acorn_amazon_job
from . import acorn_amazon_job_listings
from . import acorn_amazon_job_orders_sweep
from . import acorn_amazon_job_orders_apply
from . import acorn_amazon_order_importer
from . import acorn_amazon_job_stock_publish
from . import acorn_amazon_job_stock_check
