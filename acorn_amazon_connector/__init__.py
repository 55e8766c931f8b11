from . import controllers, jobs, models, wizard
from .hooks import post_init_hook
