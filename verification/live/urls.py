"""Pages: live."""

from django.urls import path

from . import pages, start

urlpatterns = [
    path("compare/live/", pages.live, name="live"),
    path("compare/live/start/", start.start, name="live_start"),
    path("people/<uuid:id>/live/", pages.person_live, name="person_live"),
]
