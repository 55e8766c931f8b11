from . import acorn_amazon_job_registrations
