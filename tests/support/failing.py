"""An app that breaks a site on purpose, while local variables hold what no log may show.

The word to look for comes from the environment, so that no line of source shows it.
"""

import os

import numpy as np
from django.apps import AppConfig

WORD = "FACEVERIFY_TEST_WORD"
NUMBER = 0.8765432109  # stands in a local array, as an embedding does


def fail(*given, **named):
    word = os.environ[WORD]
    secrets = {
        "photo": b"\xff\xd8" + word.encode(),
        "key": f"fv_{word}",
        "embedding": np.full(4, NUMBER),
    }
    assert secrets
    raise RuntimeError("broken on purpose")


class Failing(AppConfig):
    name = "tests.support.failing"
    label = "failing"

    def ready(self):
        from accounts.models import User
        from verification import engine

        sane, word = engine.sanitize, os.environ[WORD]

        def sanitize(data: bytes) -> bytes:
            return fail(data) if data.endswith(word.encode()) else sane(data)

        def check_password(user, raw_password: str) -> bool:
            secret = {"raw": raw_password}
            return fail(user, secret)

        for owner, name, broken in (
            (engine, "sanitize", sanitize),
            (engine, "compare", fail),
            (User, "check_password", check_password),
        ):
            setattr(owner, name, broken)
