"""ASGI entry point of the process `live`, which follows cameras; the web process is in wsgi.py."""

import os
from typing import Any

from channels.routing import ProtocolTypeRouter
from django.conf import settings
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceverify.settings")

get_asgi_application()  # sets the applications up, which the next lines need

from faceverify.live.cameras import Cameras  # noqa: E402
from faceverify.live.known_hosts import known_hosts_only  # noqa: E402
from verification.live.routing import requests, sockets  # noqa: E402

_routes = ProtocolTypeRouter(
    {"http": known_hosts_only(requests), "websocket": known_hosts_only(sockets)}
)
_cameras = Cameras()


async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await _cameras.lifespan(receive, send)
        return
    path = settings.URL_PATH
    if path and scope["path"].startswith(f"{path}/"):
        scope = {**scope, "path": scope["path"].removeprefix(path)}
    await _routes(scope, receive, send)
