from . import controllers, jobs, models, wizard
