"""The addresses that the process `live` answers."""

from typing import Any

from channels.routing import URLRouter
from django.urls import path

from .consumer import CameraConsumer
from .posted import take_frames

sockets = URLRouter([path("live/sessions/<uuid:id>/", CameraConsumer.as_asgi())])
_frames: Any = take_frames  # an application, where Django's own routes have views
requests = URLRouter([path("live/sessions/<uuid:id>/frames/", _frames)])
