"""Python client of faceverify.

from faceverify_client import Client

with Client("https://faces.example.org", key="fv_...") as faceverify:
    verdict = faceverify.compare("a.jpg", "b.jpg")
    print(verdict.outcome, verdict.confidence)
"""

from .client import Client
from .errors import ApiError, ConfigError, FaceverifyError, NotFinished, ServerUnreachable
from .live import LiveSession
from .results import Anchor, Candidate, Person, Refusal, Verification

__all__ = [
    "Anchor",
    "ApiError",
    "Candidate",
    "Client",
    "ConfigError",
    "FaceverifyError",
    "LiveSession",
    "NotFinished",
    "Person",
    "Refusal",
    "ServerUnreachable",
    "Verification",
]
