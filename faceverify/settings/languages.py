"""Which languages the pages speak. See scripts/languages.py for their catalogues."""

from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured

from .. import env
from .paths import BASE_DIR
from .web import HTTPS, MIDDLEWARE, URL_PATH

LOCALE_PATHS = [BASE_DIR / "locale"]
_there = [
    "en",
    *sorted(path.parent.parent.name for path in (BASE_DIR / "locale").glob("*/*/django.po")),
]
_offered = env.words("FACEVERIFY_LANGUAGES", tuple(_there))
for _code in _offered:
    if _code not in _there:
        raise ImproperlyConfigured(
            f"FACEVERIFY_LANGUAGES: there is no catalogue for {_code!r}; there are: {', '.join(_there)}."
        )
# Each by its own name, as whoever looks for it reads it. The first is for those who ask for none of them.
LANGUAGES = [(code, LANG_INFO[code]["name_local"].capitalize()) for code in _offered]
LANGUAGE_CODE = _offered[0]
USE_I18N = True
LANGUAGE_COOKIE_NAME = "faceverify_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_PATH = URL_PATH or "/"
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
if len(LANGUAGES) > 1:
    # Where nothing is to be chosen, no answer depends on what a browser prefers.
    MIDDLEWARE.insert(
        MIDDLEWARE.index("faceverify.middleware.SlashMiddleware"),
        "django.middleware.locale.LocaleMiddleware",
    )
