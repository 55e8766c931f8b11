from . import test_application, test_secrets
