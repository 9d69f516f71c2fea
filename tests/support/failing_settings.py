from faceverify.settings import *  # noqa: F403
from faceverify.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.support.failing.Failing"]
