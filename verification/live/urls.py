"""Pages: live."""

from django.urls import path

from . import start

urlpatterns = [
    path("compare/live/start/", start.start, name="live_start"),
]
