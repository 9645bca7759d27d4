"""Settings, all from the environment.

docs/operators/settings.md explains each name; xiucheng/web/tests/test_settings_doc.py compares the two.
"""

import ipaddress
import os
from datetime import timedelta
from pathlib import Path

import dj_database_url

from xiucheng import secret_files
from xiucheng.kernel.files import where
from xiucheng.web import logging as web_logging

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / (os.environ.get("XIUCHENG_DATA") or "var/data")


def flag(name: str, default: str = "0") -> bool:
    """A yes-or-no setting: 1, true, yes, on count as yes."""
    return os.environ.get(name, default).strip().lower() in {"1", "true", "yes", "on"}


def words(name: str, default: str = "") -> list[str]:
    """A comma separated list, without blanks."""
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


# --- Secrets: from the environment, else from the files that the first start wrote (DATA/secrets, 0600) ---
SECRET_KEY = os.environ.get("XIUCHENG_SECRET_KEY") or secret_files.read(DATA, "secret_key")
FIELD_KEY = os.environ.get("XIUCHENG_FIELD_KEY") or secret_files.read(DATA, "field_key", of=SECRET_KEY)
CODE_KEY = os.environ.get("XIUCHENG_CODE_KEY") or secret_files.read(DATA, "code_key", of=SECRET_KEY)

DEBUG = False
DEMO = flag("DEMO", "1")  # a demo city is expected; /readyz waits for it

# --- Where we are reached ---
HTTPS = flag("XIUCHENG_HTTPS")  # script/server sets it when it has a certificate
ALLOWED_HOSTS = words("XIUCHENG_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]")
CSRF_TRUSTED_ORIGINS = words("XIUCHENG_TRUSTED_ORIGINS")
TRUSTED_PROXIES = [ipaddress.ip_network(word) for word in words("XIUCHENG_TRUSTED_PROXIES")]
WEB_PORT = int(os.environ.get("PORT") or "8000")
LIVE_PORT = int(os.environ.get("XIUCHENG_LIVE_PORT") or "0")  # of the stream; 0: none runs, pages poll
LIVE_URL = os.environ.get(
    "XIUCHENG_LIVE_URL", ""
)  # where a proxy serves it, «/live»; "": this host at LIVE_PORT
ROOT_URLCONF = "xiucheng.web.urls"
WSGI_APPLICATION = "xiucheng.web.wsgi.application"

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
    "csp",
    "django_structlog",
    "django_vite",
    "xiucheng.kernel",
    "xiucheng.territory",
    "xiucheng.people",
    "xiucheng.catalog",
    "xiucheng.cases",
    "xiucheng.insight",
    "xiucheng.live",
    "xiucheng.web",
]

MIDDLEWARE = [
    "xiucheng.web.middleware.TrustedProxies",  # first: all others believe what it leaves
    "xiucheng.web.middleware.RequestLog",
    "xiucheng.web.api.middleware.MachineErrors",  # outside all that may answer with a page
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "xiucheng.web.live.LiveOrigin",
    "xiucheng.web.maps.BaseMapOrigin",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "xiucheng.web.middleware.ChosenLanguage",
    "xiucheng.web.admin.middleware.Words",
    "xiucheng.web.middleware.BodyLimit",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "xiucheng.web.middleware.IdleSession",
    "xiucheng.web.sorry.Sorry",  # refusals as pages; the doors below it are asked first
    "xiucheng.people.middleware.Doors",  # a first password, a post to choose
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",  # last, as its documentation asks
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "xiucheng.web.context.page",
            ],
        },
    },
]

# --- Store ---
# The default name only serves tools that never connect (mypy, makemessages).
_store = dj_database_url.parse(os.environ.get("DATABASE_URL") or "postgresql:///xiucheng", conn_max_age=None)
DATABASES = {
    "default": {
        **_store,
        "ENGINE": "django.contrib.gis.db.backends.postgis",
        "CONN_HEALTH_CHECKS": True,  # a restarted database is noticed at the next request, not by a person
        "OPTIONS": {
            "server_side_binding": True,  # only then a statement's text repeats, and it is worth preparing
            "prepare_threshold": 5,
            "connect_timeout": 5,
            # Our statements are short: starting workers or a compiler for them costs more than it saves.
            "options": "-c jit=off -c max_parallel_workers_per_gather=0",
            **_store.get("OPTIONS", {}),
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- People and sessions ---
AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_URL = "/login"
LOGIN_REDIRECT_URL = "/desk"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_MIN_LENGTH = int(os.environ.get("XIUCHENG_PASSWORD_MIN_LENGTH", "8"))
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_MIN_LENGTH},
    },
    {"NAME": "xiucheng.web.passwords.KindsOfCharacters", "OPTIONS": {"least": 3}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "xiucheng.people.validators.UnlikeUsername"},
]
SESSION_COOKIE_AGE = 60 * int(
    os.environ.get("XIUCHENG_SESSION_MINUTES", "30")
)  # of idleness, see IdleSession
SESSION_ENGINE = "xiucheng.people.sessions"  # a table that knows whose session it is
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "xiucheng.web.sorry.csrf_failure"

# Sign-in with the account of one's own body (OpenID Connect); without an issuer the button is not there.
OIDC_ISSUER = os.environ.get("XIUCHENG_OIDC_ISSUER", "")
OIDC_CLIENT_ID = os.environ.get("XIUCHENG_OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = os.environ.get("XIUCHENG_OIDC_CLIENT_SECRET", "")
OIDC_CLAIM = os.environ.get("XIUCHENG_OIDC_CLAIM", "preferred_username")  # the claim that is our username
OIDC_SCOPES = os.environ.get("XIUCHENG_OIDC_SCOPES", "openid profile")
OIDC_NAME = os.environ.get("XIUCHENG_OIDC_NAME", "")

TOKEN_HOURS = int(os.environ.get("XIUCHENG_TOKEN_HOURS", "12"))  # how long a bearer token lives

AXES_FAILURE_LIMIT = int(os.environ.get("XIUCHENG_LOGIN_FAILURES", "5"))
AXES_COOLOFF_TIME = timedelta(minutes=int(os.environ.get("XIUCHENG_LOGIN_LOCK_MINUTES", "15")))
AXES_LOCKOUT_PARAMETERS = ["username"]  # guesses spread over many addresses count together
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False  # «locked until 14:05» stays true
AXES_ENABLE_ADMIN = False
AXES_CLIENT_IP_CALLABLE = "xiucheng.web.middleware.client_address"

# --- Browser defences ---
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = (
    "HTTP_X_FORWARDED_PROTO",
    "https",
)  # TrustedProxies drops it when a stranger sends it
SECURE_HSTS_SECONDS = int(os.environ.get("XIUCHENG_HSTS_SECONDS", "2592000")) if HTTPS else 0
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "worker-src": ["'self'", "blob:"],  # MapLibre GL
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

# --- What may be sent: 9 photos of 20 MB, also as base64 inside JSON (4/3 as long) ---
MEGABYTE = 1024 * 1024
REQUEST_MAX_BYTES = MEGABYTE * int(os.environ.get("XIUCHENG_REQUEST_MAX_MB", "256"))
DATA_UPLOAD_MAX_MEMORY_SIZE = REQUEST_MAX_BYTES  # of a body without its files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 30
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * MEGABYTE  # beyond it a file waits on disk, not in memory

# --- How often a client may ask: each limit is a kernel setting (rate.…); off only for benches ---
RATE_LIMITS = os.environ.get("XIUCHENG_RATE_LIMITS", "on").strip().lower() != "off"

# --- Language and time: Chinese unless the person chose otherwise; UTC in the store ---
LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [ROOT / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True

# --- Static files: built by Vite into frontend/dist, collected once by script/server ---
STATIC_URL = "/static/"
STATIC_ROOT = ROOT / "var" / "static"
FRONTEND_DIST = ROOT / "frontend" / "dist"
STATICFILES_DIRS = [FRONTEND_DIST] if FRONTEND_DIST.is_dir() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
    "files": where.storage(
        os.environ.get("XIUCHENG_FILES", ""),
        local=DATA / "files",
        endpoint=os.environ.get("XIUCHENG_FILES_ENDPOINT", ""),
    ),
}
VITE_MANIFEST = FRONTEND_DIST / "manifest.json"
DJANGO_VITE = {"default": {"dev_mode": False, "manifest_path": VITE_MANIFEST}}
MEDIA_ROOT = DATA / "files"

# --- Logs: one JSON object a line, a request id in each, no personal data ---
LOGGING = web_logging.configuration(os.environ.get("XIUCHENG_LOG_LEVEL", "INFO"))
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10  # DEBUG: the closing line says it all
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = 20  # a person's mistake is not our warning

# GDAL opens only what we hand it; no code here lets a person name a file or an address to it.
# axes.W006 warns of locks that a client can dodge; a lock on the name alone cannot be dodged.
SILENCED_SYSTEM_CHECKS = ["gis.W001", "axes.W006"]

# --- Jobs: each room's jobs.py declares its tasks. No NOTIFY inside a transaction that writes (it would hold an
# instance-wide lock through the commit), so the worker asks for work by itself: docs/developers/jobs.md ---
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
PROCRASTINATE_WORKER_DEFAULTS = {
    "listen_notify": False,
    "fetch_job_polling_interval": float(os.environ.get("XIUCHENG_JOB_POLL_SECONDS", "0.5")),
    "abort_job_polling_interval": 5.0,
    "concurrency": 1,  # synchronous tasks share one thread anyway; more work: more workers
}

# --- What goes out of the house: docs/developers/live.md ---
SMS_GATEWAY = os.environ.get("XIUCHENG_SMS_GATEWAY", "xiucheng.kernel.sms.FileDrop")
WEBHOOK_HOSTS = words("XIUCHENG_WEBHOOK_HOSTS")  # hosts of the own network that webhooks may go to

# --- Readiness ---
WORKER_SILENCE_SECONDS = int(os.environ.get("XIUCHENG_WORKER_SILENCE_SECONDS", "45"))
