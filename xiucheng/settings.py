"""Settings, all from the environment. docs/operators/settings.md explains each name; a test compares the two."""

import os
from pathlib import Path

import dj_database_url

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("XIUCHENG_DATA", ROOT / "var" / "data"))

DEBUG = False
SECRET_KEY = os.environ.get("XIUCHENG_SECRET_KEY", "")
ALLOWED_HOSTS = os.environ.get("XIUCHENG_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]").split(",")

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "axes",
    "django_vite",
    "xiucheng.kernel",
    "xiucheng.territory",
    "xiucheng.people",
    "xiucheng.catalog",
    "xiucheng.cases",
    "xiucheng.web",
]
AUTH_USER_MODEL = "people.Person"
ROOT_URLCONF = "xiucheng.web.urls"
DATABASES = {
    "default": {
        **dj_database_url.parse(os.environ["DATABASE_URL"], conn_max_age=None),
        "ENGINE": "django.contrib.gis.db.backends.postgis",
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
STATIC_URL = "static/"
