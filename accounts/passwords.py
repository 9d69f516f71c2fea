"""Passwords that somebody who tries for a while would find, refused without asking anybody."""

import re
import threading
from typing import Any

from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

# Of 0 to 4; 3 is about a hundred million guesses or more (D. Wheeler, “zxcvbn: Low-Budget Password
# Strength Estimation”, USENIX Security 2016).
LEAST_SCORE = 3
LONGEST = 72  # characters that are looked at: the time of an estimate grows with them
SITE = ("faceverify", "face", "verify")
HOW = "Use three or four words that do not belong together, or let a password manager make one."

_one_at_a_time = threading.Lock()  # zxcvbn keeps the words of a call in a global


class GuessablePasswordValidator:
    """Refuses what zxcvbn would guess soon. What an account's own address and this site's name add to
    a password counts as nothing."""

    def validate(self, password: str, user: Any = None) -> None:
        with _one_at_a_time:
            found = zxcvbn(password[:LONGEST], user_inputs=_own_words(user))
        if found["score"] < LEAST_SCORE:
            warning = found["feedback"]["warning"]
            raise ValidationError(
                " ".join(filter(None, ["This password is too easy to guess.", warning, HOW])),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return f"Your password must not be easy to guess. {HOW}"


def _own_words(user: Any) -> list[str]:
    email = str(getattr(user, "email", "") or "").lower()
    parts = [part for part in re.split(r"[^a-z0-9]+", email) if len(part) > 2]
    name = email.partition("@")[0]
    return [*SITE, *filter(None, [email, name, name[::-1]]), *parts]
