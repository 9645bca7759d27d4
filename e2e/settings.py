"""The city's settings for a town of the tests: the same, but static files are served where they lie, so that
var/static of a running city is left alone, and a room is added whose jobs take long enough to be killed."""

from xiucheng.settings import *  # noqa: F403
from xiucheng.settings import DATA, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "e2e.probe"]
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = DATA / "static"
