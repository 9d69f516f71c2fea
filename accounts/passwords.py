"""Passwords that somebody who tries for a while would find, refused without asking anybody."""

import re
import threading
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext, gettext_lazy, gettext_noop
from zxcvbn import zxcvbn

# Of 0 to 4; 3 is about a hundred million guesses or more (D. Wheeler, “zxcvbn: Low-Budget Password
# Strength Estimation”, USENIX Security 2016).
LEAST_SCORE = 3
LONGEST = 72  # characters that are looked at: the time of an estimate grows with them
SITE = ("faceverify", "face", "verify")
HOW = gettext_lazy(
    "Use three or four words that do not belong together, or let a password manager make one."
)

# What zxcvbn says, so that it can be said in another language.
WARNINGS = (
    gettext_noop("Straight rows of keys are easy to guess."),
    gettext_noop("Short keyboard patterns are easy to guess."),
    gettext_noop('Repeats like "aaa" are easy to guess.'),
    gettext_noop('Repeats like "abcabcabc" are only slightly harder to guess than "abc".'),
    gettext_noop('Sequences like "abc" or "6543" are easy to guess.'),
    gettext_noop("Recent years are easy to guess."),
    gettext_noop("Dates are often easy to guess."),
    gettext_noop("This is a top-10 common password."),
    gettext_noop("This is a top-100 common password."),
    gettext_noop("This is a very common password."),
    gettext_noop("This is similar to a commonly used password."),
    gettext_noop("A word by itself is easy to guess."),
    gettext_noop("Names and surnames by themselves are easy to guess."),
    gettext_noop("Common names and surnames are easy to guess."),
)

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
                " ".join(
                    filter(
                        None,
                        [
                            gettext("This password is too easy to guess."),
                            warning and gettext(warning),
                            str(HOW),
                        ],
                    )
                ),
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return gettext("Your password must not be easy to guess. %(how)s") % {"how": HOW}


def _own_words(user: Any) -> list[str]:
    email = str(getattr(user, "email", "") or "").lower()
    parts = [part for part in re.split(r"[^a-z0-9]+", email) if len(part) > 2]
    name = email.partition("@")[0]
    return [*SITE, *filter(None, [email, name, name[::-1]]), *parts]
