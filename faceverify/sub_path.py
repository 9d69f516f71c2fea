"""The site below a path of its host, as https://example.org/faces/."""

from collections.abc import Callable, Iterable
from typing import Any

Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


def below(path: str, application: Application) -> Application:
    """The application for a proxy that passes addresses on as they are, with `path`; one that takes
    it off before is served as well, and so are health checks that know nothing of it."""
    if not path:
        return application

    def strip(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        sent = environ.get("PATH_INFO", "")
        if sent == path or sent.startswith(f"{path}/"):
            environ = {**environ, "PATH_INFO": sent.removeprefix(path) or "/"}
        return application(environ, start_response)

    return strip
