"""Python client of faceverify.

from faceverify_client import Client

with Client("https://faces.example.org", key="fv_...") as faceverify:
    verdict = faceverify.compare("a.jpg", "b.jpg")
    print(verdict.outcome, verdict.confidence)

`AsyncClient` has the same methods for asyncio.
"""

from .asynchronous.client import AsyncClient
from .asynchronous.live import AsyncLiveSession
from .errors import (
    ApiError,
    ConfigError,
    FaceverifyError,
    NotFinished,
    NotGenuine,
    ServerUnreachable,
)
from .results import (
    Anchor,
    Box,
    Candidate,
    Detection,
    Face,
    Person,
    Refusal,
    Verdict,
    Verification,
)
from .synchronous.client import Client
from .synchronous.live import LiveSession
from .version import __version__
from .webhooks import verify as verify_webhook

__all__ = [
    "Anchor",
    "ApiError",
    "AsyncClient",
    "AsyncLiveSession",
    "Box",
    "Candidate",
    "Client",
    "ConfigError",
    "Detection",
    "Face",
    "FaceverifyError",
    "LiveSession",
    "NotFinished",
    "NotGenuine",
    "Person",
    "Refusal",
    "ServerUnreachable",
    "Verdict",
    "Verification",
    "__version__",
    "verify_webhook",
]
