from . import acorn_onboarding_answer
from . import acorn_onboarding_erase
from . import acorn_onboarding_import_key
from . import acorn_onboarding_open_marketplaces
from . import acorn_onboarding_overview
