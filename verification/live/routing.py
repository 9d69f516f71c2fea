"""The addresses that the process `live` answers."""

from channels.routing import URLRouter
from django.urls import path

from .consumer import CameraConsumer
from .posted import take_frames

sockets = URLRouter([path("live/sessions/<uuid:id>/", CameraConsumer.as_asgi())])
requests = URLRouter([path("live/sessions/<uuid:id>/frames/", take_frames)])
