"""A full disk uses up no try: what was accepted waits and goes on when there is room."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.faces import make_face
from tests.support.programs import Client
from tests.support.servers import eventually, site


@pytest.fixture
def disk(tmp_path):
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(folder)])
    if mounted.returncode:
        pytest.skip("only root may mount a small disk")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(folder: Path) -> Path:
    """A file that leaves not a byte."""
    file = folder / "filling"
    with open(file, "wb", buffering=0) as out:
        for size in (2**20, 4096, 1):
            try:
                while True:
                    out.write(bytes(size))
            except OSError:
                continue
    return file


# Nobody waits for it here.
THEIR_TIME_HAS_COME = """
from django.utils import timezone
from verification.models import Verification
Verification.objects.filter(state="pending").update(due_at=timezone.now())
"""


@pytest.mark.server
@pytest.mark.parametrize(
    ("everything", "sign"),
    [
        pytest.param(False, "run_put_off", id="of the photos"),
        pytest.param(
            True,
            "database or disk is full",
            id="of the photos, the database, the queue",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_comparisons_wait_while_the_disk_is_full(tmp_path, disk, everything, sign):
    if everything:
        (disk / "var").mkdir(mode=0o700)
        (tmp_path / "var").symlink_to(disk / "var")
    with site(tmp_path, FACEVERIFY_MEDIA=str(disk / "media")) as place:
        place.start_web()
        client = Client(place, place.new_key())
        ids = [client.submit(make_face(1), make_face(1, 1)).json()["id"] for _ in range(6)]
        filling = fill(disk)

        place.start_worker(wait=False)
        eventually(lambda: place.log("worker").count(sign) >= 4, "the full disk to be met")
        os.unlink(filling)
        place.ask(THEIR_TIME_HAS_COME)

        assert {client.finished(id)["outcome"] for id in ids} == {"match"}
        assert client.submit(make_face(1), make_face(1, 1), wait=10).status_code in (201, 202)
