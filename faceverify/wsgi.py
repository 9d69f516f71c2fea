"""WSGI entry point for gunicorn and `manage.py runserver`."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceverify.settings")

_site = get_wsgi_application()

from faceverify import start, sub_path  # noqa: E402  needs the applications
from faceverify.live.door import with_cameras  # noqa: E402
from faceverify.postgresql import patience  # noqa: E402

application = sub_path.below(settings.URL_PATH, with_cameras(_site))

patience.limit(settings.FACEVERIFY_DATABASE_SECONDS)
start.warn_of_open_paths()
start.check_keys_and_model()
