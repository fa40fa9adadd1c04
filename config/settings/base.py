"""What every way of running shares; each value from the environment has a default."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from environs import Env

from config.home import home
from config.settings import databases, events, logs

env = Env()
logs.configure_structlog()
LOGGING = logs.LOGGING

BASE_DIR = Path(__file__).resolve().parent.parent.parent
HOME = home()

DEBUG = False
SECRET_KEY = env.str("OVERREAD_SECRET_KEY", None) or HOME.secrets().secret_key
TOKEN_PEPPER = env.str("OVERREAD_TOKEN_PEPPER", None) or HOME.secrets().token_pepper
CONNECTION_KEYS = env.list("OVERREAD_CONNECTION_KEYS", None) or list(
    HOME.secrets().fernet_keys
)
ALLOWED_HOSTS = env.list("OVERREAD_ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("OVERREAD_TRUSTED_ORIGINS", [])
# Behind a proxy that ends TLS, set OVERREAD_TLS=1: cookies then travel by https only.
TLS = env.bool("OVERREAD_TLS", False)
# How people reach the pages: mails and messages link there.
PUBLIC_URL = env.str("OVERREAD_PUBLIC_URL", "http://127.0.0.1:8080").rstrip("/")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "rest_framework",
    "drf_spectacular",
    "django_q",
    "projects",
    "labeling",
    "reviewer",
    "registry_bridge",
]

MIDDLEWARE = [
    "config.metrics.Requests",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.headers.SecurityHeaders",
    "config.language.Chosen",
    "config.sessions.Sessions",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "config.pages.RefusedPages",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.pages.navigation",
            ],
        },
    }
]

DATABASE_URL = env.str("DATABASE_URL", None) or HOME.database_url()
DATABASES = databases.databases(env, DATABASE_URL)
DATABASE_ROUTERS = ["projects.replica.Router"]
# A replica that is further behind is not read from.
REPLICA_LAG_SECONDS = env.int("OVERREAD_REPLICA_LAG_SECONDS", 30)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "projects.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_ADAPTER = "config.accounts.InvitedOnly"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
# Counted in the cache, which every process shares through the database.
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key", "login": "30/m/ip"}
# How many proxies of yours stand in front; each adds the caller to X-Forwarded-For.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("OVERREAD_PROXIES", 0)
# Links for a new password, which owners hand over, work for a day.
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "config.reset_tokens.EndsWithRights"  # noqa: S105
LOGIN_REDIRECT_URL = "/"
LOGIN_URL = "account_login"
# Without a mail server, nothing is mailed, and the page Notices says so.
EMAIL_HOST = env.str("OVERREAD_EMAIL_HOST", "")
EMAIL_PORT = env.int("OVERREAD_EMAIL_PORT", 25)
EMAIL_HOST_USER = env.str("OVERREAD_EMAIL_USER", "")
EMAIL_HOST_PASSWORD = env.str("OVERREAD_EMAIL_PASSWORD", "")
EMAIL_USE_TLS = env.bool("OVERREAD_EMAIL_STARTTLS", False)
EMAIL_USE_SSL = env.bool("OVERREAD_EMAIL_TLS", False)
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("OVERREAD_EMAIL_FROM", "overread@localhost")
EMAIL_BACKEND = (
    f"django.core.mail.backends.{'smtp' if EMAIL_HOST else 'dummy'}.EmailBackend"
)

SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = TLS
CSRF_COOKIE_SECURE = TLS
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "config.pages.csrf_failed"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TLS else None
X_FRAME_OPTIONS = "DENY"
# The setting's name in Django 6.0, so that config/headers.py can go then.
SECURE_CSP = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "connect-src": "'self'",
    "font-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "cache",
        # The default of 300 would let a flood of names push failed sign-ins out.
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    },
    # django-q2 writes how it does twice a second, which nobody reads.
    "memory": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch"), ("ar", "العربية")]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "/static/"
STATIC_ROOT = env.str("OVERREAD_STATIC_ROOT", str(HOME.static_dir))
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "labeling.finder.Parts",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.static.HashedModules"},
}
# A batch may be 8 MB; the intake view checks the length itself before it reads.
DATA_UPLOAD_MAX_MEMORY_SIZE = 8 * 1024 * 1024

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "config.authentication.BearerToken",
        "config.authentication.SessionWithCsrf",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["config.api.JSON"],
    "DEFAULT_PARSER_CLASSES": ["config.api.JSONBody"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "config.api.problem",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Overread",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
}

Q_CLUSTER: dict[str, Any] = {
    "name": "overread",
    "orm": "default",
    "cache": "memory",
    "workers": env.int("OVERREAD_LONG_WORKERS", 1),
    "queue_limit": 1,
    "bulk": 1,
    "timeout": 600,
    "retry": 660,
    "ack_failures": True,
    "max_attempts": 1,
    "catch_up": False,
    "save_limit": 1000,
    "poll": 0.5,
    "recycle": 200,
}

EVENT_HANDLERS: dict[str, tuple[str, ...]] = events.EVENT_HANDLERS
COALESCED: frozenset[str] = events.COALESCED
APART: frozenset[str] = events.APART
LONG_JOBS: frozenset[str] = events.LONG_JOBS
STREAMS_THAT_STOP: tuple[str, ...] = events.STREAMS_THAT_STOP
SCHEDULES: dict[str, float] = events.SCHEDULES
SWEEPS: tuple[str, ...] = events.SWEEPS
# So many of a project's last predictions are kept as columns to replay policies on; the
# web process holds 100 bytes of each while somebody looks at them.
REPLAY_PREDICTIONS = env.int("OVERREAD_REPLAY_PREDICTIONS", 1_000_000)
# When most people sleep (UTC): what is past its time is removed then.
NIGHT_HOUR = env.int("OVERREAD_NIGHT_HOUR", 3)
# Events, finished jobs and their results are kept so long, for whoever looks into them.
OUTBOX_DAYS = env.int("OVERREAD_OUTBOX_DAYS", 30)

# What waits for a decision and what happened last, told by each app (projects/news.py).
DECISIONS: tuple[str, ...] = (
    "reviewer.news.decisions",
    "reviewer.drift_news.decisions",
    "registry_bridge.news.decisions",
    "reviewer.attention.decisions",
)
HAPPENINGS: tuple[str, ...] = ("registry_bridge.news.happenings",)

# Outside systems. Connections of a project override these.
# Of the service in this home, unless another server is named.
MLFLOW_TRACKING_URI = env.str("MLFLOW_TRACKING_URI", HOME.address("mlflow"))
MLFLOW_PUBLIC_URL = env.str("OVERREAD_MLFLOW_PUBLIC_URL", MLFLOW_TRACKING_URI)
# Where ARNs of managed MLflow are served, through a VPC endpoint of yours, such as https://…
MANAGED_MLFLOW_ENDPOINT = env.str("SAGEMAKER_MLFLOW_CUSTOM_ENDPOINT", "")
OBJECTS_DIR = HOME.objects_dir
JOBS_DIR = HOME.jobs_dir
SERVING_DIR = HOME.serving_dir
HOSTING_URL = env.str("OVERREAD_HOSTING_URL", HOME.address("hosting"))
# Where `?wait=` of the API is waited: of the service in this home; empty: nowhere.
WAIT_URL = env.str("OVERREAD_WAIT_URL", HOME.address("waits")).rstrip("/")
# Webhooks never go to private networks, where only this machine may go, unless set.
WEBHOOK_PRIVATE = env.bool("OVERREAD_WEBHOOK_PRIVATE", False)
# Addresses that a connection to AWS names, such as endpoints of a VPC. The same.
AWS_PRIVATE = env.bool("OVERREAD_AWS_PRIVATE", False)
# What payloads refer to (docs/fields/references.md). The same, for being fetched.
MEDIA_PRIVATE = env.bool("OVERREAD_MEDIA_PRIVATE", False)
# Only from these hosts, such as images.example.org or *.example.org; none: from any.
MEDIA_HOSTS: list[str] = env.list("OVERREAD_MEDIA_HOSTS", [])
# Buckets that any project's owner may have read with the service's own credentials.
MEDIA_BUCKETS: list[str] = env.list("OVERREAD_MEDIA_BUCKETS", [])
# Queues that predictions from S3 are told by, with the rights of the service; *: any.
CAPTURE_QUEUES: list[str] = env.list("OVERREAD_CAPTURE_QUEUES", [])
MEDIA_BYTES = env.int("OVERREAD_MEDIA_BYTES", 50 * 1024 * 1024)
MEDIA_SECONDS = env.float("OVERREAD_MEDIA_SECONDS", 30.0)
# At once in a web process, which has four threads: slow hosts must not take them all.
MEDIA_AT_ONCE = env.int("OVERREAD_MEDIA_AT_ONCE", 2)
OBJECT_STORE = env.str("OVERREAD_OBJECT_STORE", f"file:{HOME.objects_dir}")
OBJECT_STORES = {
    "file": "projects.storage.Folder",
    "s3": "registry_bridge.gateways.s3.Bucket",
}

# Those of others, from which payloads refer to objects.
LENT_STORES = {"s3": "registry_bridge.gateways.s3.Lent"}

JOB_LEASE_SECONDS = env.int("OVERREAD_JOB_LEASE_SECONDS", 60)
JOB_MAX_ATTEMPTS = env.int("OVERREAD_JOB_MAX_ATTEMPTS", 12)
MAX_ROWS = 5_000
MAX_BODY_BYTES = 8 * 1024 * 1024
