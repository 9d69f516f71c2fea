"""Passwords that are refused, and what the refusal says."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User

ADA = User(email="ada.lovelace@engine.example.org")


@pytest.mark.parametrize(
    "password",
    [
        "password1",  # of Django's list
        "Summer2026!",
        "qwertyuiop12",
        "aaaaaaaaaaaaaaaaaaaa",
        "faceverify2026",
        "ada.lovelace1815",
        "ecalevol.ada1",
        "Engine1815!",
        "a1" * 2000,
    ],
)
def test_what_is_guessed_soon_is_refused_with_what_to_do(password):
    with pytest.raises(ValidationError) as refused:
        validate_password(password, ADA)

    said = " ".join(refused.value.messages)
    assert "three or four words" in said or "too similar" in said


@pytest.mark.parametrize("password", ["correct horse 9", "plum tractor violin", "Zt7#kk2-qPw0"])
def test_what_is_not_is_taken(password):
    validate_password(password, ADA)


def test_the_words_of_one_user_do_not_count_for_another():
    validate_password("lovelace analytical 7", User(email="bea@example.org"))

    with pytest.raises(ValidationError):
        validate_password("lovelace.ada1", ADA)
    validate_password("lovelace analytical 7", User(email="bea@example.org"))
