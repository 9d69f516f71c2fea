"""Requests for hosts and addresses that are not ours are turned away before anything is asked."""

from typing import Any

from channels.routing import URLRouter
from django.conf import settings
from django.http.request import split_domain_port, validate_host

NOT_FOUND = b'{"type": "about:blank", "status": 404, "code": "not_found", "detail": "Not found."}'


def known_hosts_only(routes: URLRouter) -> Any:
    """As `AllowedHostsOriginValidator` of Channels does for origins; which origins may come is a matter
    of each session's token."""

    async def application(scope: dict[str, Any], receive: Any, send: Any) -> None:
        host = next((value for key, value in scope["headers"] if key == b"host"), b"")
        domain, _port = split_domain_port(host.decode("latin-1"))
        if domain and validate_host(domain, settings.ALLOWED_HOSTS):
            try:
                await routes(scope, receive, send)
                return
            except ValueError as error:
                if "No route found" not in str(error):
                    raise
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 4404})
            return
        headers = [(b"content-type", b"application/problem+json")]
        await send({"type": "http.response.start", "status": 404, "headers": headers})
        await send({"type": "http.response.body", "body": NOT_FOUND})

    return application
