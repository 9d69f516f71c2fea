"""verification_submit: what is stored, and what a second submission does."""

import base64
import io
import json

import pytest
from django.core.exceptions import ValidationError
from PIL import Image

from tests.support.photos import photo
from tests.support.submissions import submit_pair
from verification import engine
from verification.comparisons.selectors import image_open
from verification.comparisons.submission import SubmissionConflict
from verification.models import Verification

pytestmark = pytest.mark.django_db


def submit(owner, **more) -> Verification:
    return submit_pair(owner=owner, **{"probe": photo(1), "reference": photo(2)} | more)


def test_a_photo_is_stored_without_metadata(user):
    exif = Image.Exif()
    exif[0x010E] = "at home, 52.5 N 13.4 E"
    row = submit(user, probe=photo(1, exif=exif))

    stored = Image.open(io.BytesIO(image_open(owner=user, id=row.pk, which="probe")))

    assert stored.format == "JPEG"
    assert not stored.getexif()
    assert stored.size == (64, 48)


def test_a_photo_is_not_readable_on_disk(user, settings):
    row = submit(user)

    clear = image_open(owner=user, id=row.pk, which="probe")
    for file in (settings.MEDIA_ROOT / row.folder).iterdir():
        stored = file.read_bytes()
        assert b"JFIF" in clear and b"JFIF" not in stored and clear[500:550] not in stored
        assert file.stat().st_mode & 0o777 == 0o600
    assert (settings.MEDIA_ROOT / row.folder).stat().st_mode & 0o777 == 0o700


def test_a_key_put_in_front_still_opens_older_photos(user, settings):
    from cryptography.fernet import Fernet

    row = submit(user)
    settings.FACEVERIFY_FILE_KEYS = [
        Fernet.generate_key().decode(), *settings.FACEVERIFY_FILE_KEYS,
    ]  # fmt: skip

    assert image_open(owner=user, id=row.pk, which="probe").startswith(b"\xff\xd8")


@pytest.mark.parametrize("which", ["probe", "reference"])
def test_a_refused_photo_is_named_and_leaves_nothing(user, settings, which):
    with pytest.raises(engine.ImageRefused) as refused:
        submit(user, **{which: b"no picture"})

    assert (refused.value.which, refused.value.code) == (which, "unsupported_format")
    assert not Verification.objects.exists()
    assert not (settings.MEDIA_ROOT / f"verifications/{user.pk}").exists()


@pytest.mark.parametrize("rate", [0, 0.5, float("nan")])
def test_an_unknown_false_match_rate_is_refused(user, rate):
    with pytest.raises(ValidationError) as refused:
        submit(user, false_match_rate=rate)

    assert list(refused.value.message_dict) == ["false_match_rate"]


def test_a_file_name_is_kept_without_its_folder_and_control_characters(user):
    row = submit(
        user, probe_name="C:\\Users\\me\\ho\x00li\nday.jpg", reference_name="../../etc/x.png"
    )

    assert (row.probe_name, row.reference_name) == ("holiday.jpg", "x.png")


def test_a_double_click_makes_one(user):
    first, second = submit(user, submission_key="k"), submit(user, submission_key="k")

    assert first.pk == second.pk
    assert Verification.objects.count() == 1


def test_a_form_gone_back_to_and_sent_with_another_photo_is_a_new_submission(user):
    first = submit(user, submission_key="k")
    second = submit(user, submission_key="k", probe=photo(3))

    assert first.pk != second.pk


def test_an_api_key_of_idempotency_stands_for_one_submission(user):
    submit(user, submission_key="k", source="api")

    with pytest.raises(SubmissionConflict):
        submit(user, submission_key="k", source="api", probe=photo(3))


def test_the_row_is_queued_only_when_it_is_committed(
    user, django_capture_on_commit_callbacks, settings
):
    messages = settings.QUEUE_DIR / "messages"
    before = set(messages.iterdir())

    with django_capture_on_commit_callbacks() as callbacks:
        row = submit(user)
    assert set(messages.iterdir()) == before

    for callback in callbacks:
        callback()
    (message,) = set(messages.iterdir()) - before
    body = base64.b64decode(json.loads(message.read_text())["body"])
    assert json.loads(body)[0] == [str(row.pk)]
    message.unlink()
