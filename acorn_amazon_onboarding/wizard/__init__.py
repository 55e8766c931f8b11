from . import acorn_onboarding_answer
from . import acorn_onboarding_open_marketplaces
