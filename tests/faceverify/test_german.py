"""A German reader reads German; what is stored, and what programs read, does not depend on the reader."""

import re
from datetime import UTC, datetime

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation

from tests.support.clients import browser, program
from tests.support.embedded import add
from tests.support.faces import make_face, no_face
from tests.support.languages import offer
from tests.support.rows import verification
from verification.gallery import services
from verification.gallery.models import Anchor, Change
from verification.worker import runs

pytestmark = pytest.mark.django_db

GERMAN = {"accept-language": "de"}


@pytest.fixture(autouse=True)
def german(settings):
    offer(settings, ("de", "Deutsch"))


@pytest.fixture
def ada(user):
    return services.person_create(owner=user, name="Ada")


def page(user, name: str, **arguments) -> str:
    answer = browser(user).get(reverse(name, kwargs=arguments), headers=GERMAN)
    return answer.content.decode()


def test_the_errors_of_forms(user):
    answer = browser(user).post(
        reverse("person_add"), {"name": "", "consent_at": "gestern"}, headers=GERMAN
    )

    text = answer.content.decode()
    assert "Geben Sie einen Namen an." in text
    assert "Schreiben Sie den Tag als 2026-01-31." in text


def test_the_refusal_of_a_photo_that_is_sent(user, ada):
    answer = browser(user).post(
        reverse("photos_add", kwargs={"id": ada.pk}),
        {"photos": SimpleUploadedFile("photo.jpg", b"no photo")},
        headers=GERMAN,
        follow=True,
    )

    assert "Die Datei ist kein lesbares Foto." in answer.content.decode()


def test_the_refusal_of_a_photo_that_a_worker_has_stored(user, ada):
    with translation.override("de"):
        anchor = add(ada, no_face())

    assert anchor.refusal_detail == "No face was found in the photo."
    assert "Im Foto wurde kein Gesicht gefunden." in page(user, "photo", id=anchor.pk)


def test_what_was_done_is_stored_in_english_and_told_in_german(user, ada):
    add(ada, make_face(1))

    answer = browser(user).post(
        reverse("person_delete", kwargs={"id": ada.pk}), headers=GERMAN, follow=True
    )

    assert Change.objects.get().summary == "Ada deleted, with one photo."
    assert "Ada gelöscht, mit einem Foto." in answer.content.decode()
    assert "Ada gelöscht, mit einem Foto." in page(user, "changes")


def test_the_kinds_of_what_was_done_in_the_account(user):
    assert "Anmeldungen" in page(user, "activity")


def test_days_and_numbers_are_written_as_germans_write_them(user):
    row = verification(user, "done", created_at=datetime(2026, 7, 1, 22, 30, tzinfo=UTC))

    text = page(user, "verification_detail", id=row.pk)
    assert 'title="Mittwoch, 1. Juli 2026, 22:30:00 UTC">1. Juli 2026' in text
    assert f"{row.similarity:.3f}".replace(".", ",") in text
    assert not re.search(r'(?:x|cx|width)="[0-9]+,', text)


def test_e_mails(client, user):
    client.post("/accounts/password/reset/", {"email": user.email}, headers=GERMAN)

    assert mail.outbox[0].subject.endswith("Ein neues Passwort wählen")
    assert "Jemand, wahrscheinlich Sie, hat ein neues Passwort" in str(mail.outbox[0].body)


def test_programs_get_the_same_codes_and_rows_in_every_language(user, ada):
    anchor = add(ada, no_face())
    address = f"/api/v1/anchors/{anchor.pk}/"

    english, told = (
        [
            program(user).get(address, headers={"accept-language": language}).json(),
            program(user).post("/api/v1/people/", {"name": ""}, headers={"accept-language": language}).json(),
        ]
        for language in ("en", "de")
    )  # fmt: skip

    assert told[0] == english[0]
    assert told[1]["code"] == english[1]["code"] == "invalid"
    assert told[1]["errors"]["name"][0]["code"] == english[1]["errors"]["name"][0]["code"]


def test_a_worker_has_no_language(user, ada):
    anchor = services.anchor_add(person=ada, data=make_face(1))
    spoken = []

    def handler(claim) -> bool:
        spoken.append(translation.get_language())
        return claim.end(Anchor.State.REFUSED, refusal_code="no_face_found")

    with translation.override("de"):
        runs.carry_out(Anchor, str(anchor.pk), handler)

    assert spoken == [None]
