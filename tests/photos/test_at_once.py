"""Several files at the same time, where the storage is far away."""

import os
import threading
from functools import partial

import pytest

from tests.support.photos import photo
from tests.support.submissions import submit_pair
from verification.models import Verification
from verification.photos.at_once import at_once
from verification.photos.folder import FolderStorage

PATIENCE = 30  # seconds


class FarFolder(FolderStorage):
    is_far = True


@pytest.fixture
def far(settings, tmp_path):
    place = f"{FarFolder.__module__}.{FarFolder.__name__}"
    options = settings.STORAGES["private"]["OPTIONS"] | {"location": str(tmp_path)}
    settings.STORAGES = settings.STORAGES | {"private": {"BACKEND": place, "OPTIONS": options}}
    return tmp_path


def test_far_away_none_waits_for_another(far):
    together = threading.Barrier(3)

    turns = at_once([partial(together.wait, PATIENCE)] * 3)

    assert sorted(turns) == [0, 1, 2]


def test_answers_come_in_the_order_of_the_calls(far):
    last_has_ended = threading.Event()

    def first() -> str:
        assert last_has_ended.wait(PATIENCE)
        return "first"

    def last() -> str:
        last_has_ended.set()
        return "last"

    assert at_once([first, last]) == ["first", "last"]


def test_on_a_disk_they_are_made_one_after_the_other():
    assert at_once([threading.get_ident] * 3) == [threading.get_ident()] * 3


def test_what_fails_is_told_when_all_have_ended(far):
    written: list[str] = []

    def write(name: str) -> None:
        if name == "too large":
            raise OSError("full")
        written.append(name)

    with pytest.raises(OSError, match="full"):
        at_once(partial(write, name) for name in ("too large", "a", "b"))

    assert sorted(written) == ["a", "b"]


def test_a_process_that_was_forked_has_threads_of_its_own(far):
    at_once([threading.get_ident] * 2)
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        together = threading.Barrier(2)
        turns = at_once([partial(together.wait, PATIENCE)] * 2)
        os.write(writer, b"\x01" if sorted(turns) == [0, 1] else b"\x00")
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reader, 1) == b"\x01"


@pytest.mark.django_db
def test_both_photos_of_a_pair_go_at_the_same_time(user, far, monkeypatch):
    together = threading.Barrier(2)
    save = FarFolder.unfinished

    def waiting(self, name):
        together.wait(PATIENCE)
        return save(self, name)

    monkeypatch.setattr(FarFolder, "unfinished", waiting)

    row = submit_pair(owner=user, probe=photo(1), reference=photo(2))

    stored = Verification.objects.get(pk=row.pk)
    for field in (stored.probe_image, stored.reference_image):
        with field.open() as file:
            assert file.read().startswith(b"\xff\xd8")
    assert stored.probe_image_bytes and stored.reference_image_bytes


@pytest.mark.django_db
def test_of_a_pair_whose_second_photo_cannot_be_stored_nothing_is_left(user, far, monkeypatch):
    save = FarFolder.unfinished

    def failing(self, name):
        if "reference" in name:
            raise OSError("full")
        return save(self, name)

    monkeypatch.setattr(FarFolder, "unfinished", failing)

    with pytest.raises(OSError, match="full"):
        submit_pair(owner=user, probe=photo(1), reference=photo(2))

    assert not Verification.objects.exists()
    assert [path for path in far.rglob("*") if path.is_file()] == []
