"""WSGI entry point for gunicorn and `manage.py runserver`."""

import os

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceverify.settings")

_site = get_wsgi_application()

from faceverify import start, sub_path  # noqa: E402  needs the applications

application = sub_path.below(settings.URL_PATH, _site)

start.warn_of_open_paths()
start.check_keys_and_model()
