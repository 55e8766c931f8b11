from . import jobs, models, wizard
