"""Sessions in the database, encrypted: while a second factor is set up, its secret lies in one."""

import logging
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from .. import cipher

logger = logging.getLogger(__name__)


class SessionStore(DatabaseStore):
    """For SESSION_ENGINE. Sessions that were stored before are read as they are."""

    def encode(self, session_dict: dict[str, Any]) -> str:
        return cipher.encrypt(self.serializer().dumps(session_dict).decode("latin-1"))

    def decode(self, session_data: bytes | str) -> dict[str, Any]:
        try:
            text = cipher.decrypt(str(session_data))
        except cipher.SecretUnreadable:
            return super().decode(session_data)  # signed but not encrypted, else nobody's
        return self.serializer().loads(text.encode("latin-1"))
