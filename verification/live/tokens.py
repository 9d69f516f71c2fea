"""The token of a session: it opens this one session, once, from these origins, and nothing else."""

from dataclasses import dataclass
from uuid import UUID

from django.core import signing

from .models import LiveSession

SECONDS = 180
SALT = "faceverify.live"


class TokenInvalid(Exception):
    """It is not one of ours, or of another session."""


class TokenExpired(Exception):
    """It was not used in time."""


@dataclass(frozen=True)
class Token:
    session: UUID
    owner: UUID
    origins: tuple[str, ...]


def token_of(session: LiveSession) -> str:
    said = [session.pk.hex, session.owner_id.hex, session.origins]
    return signing.dumps(said, salt=SALT)


def read_token(text: str, *, session: UUID, max_age: int | None = SECONDS) -> Token:
    """What a token says that is meant for this session; `max_age` in seconds, None: however old.
    Raises TokenInvalid, TokenExpired."""
    try:
        id, owner, origins = signing.loads(text, salt=SALT, max_age=max_age)
        token = Token(UUID(id), UUID(owner), tuple(origins))
    except signing.SignatureExpired as error:
        raise TokenExpired from error
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise TokenInvalid from error
    if token.session != session:
        raise TokenInvalid
    return token
