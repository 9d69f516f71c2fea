"""Users sign in by email address, whatever its case."""

import pytest
from django.db import IntegrityError, transaction

from accounts.models import User

pytestmark = pytest.mark.django_db


def test_an_address_is_kept_in_small_letters_and_found_in_any(user):
    other = User.objects.create_user("Ada@Example.ORG", "correct horse 9")

    assert other.email == "ada@example.org"
    assert User.objects.get_by_natural_key("ADA@example.org") == other
    assert other.check_password("correct horse 9")


def test_an_address_is_taken_in_any_case(user):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.bulk_create([User(email=user.email.upper())])


def test_a_user_needs_an_address(db):
    with pytest.raises(ValueError, match="email"):
        User.objects.create_user("")


def test_a_superuser_is_staff(db):
    admin = User.objects.create_superuser("admin@example.org", "correct horse 9")

    assert admin.is_staff
    assert admin.is_superuser
