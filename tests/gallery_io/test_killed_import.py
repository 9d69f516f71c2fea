"""An import whose process is killed, wherever it just is: what was stored stays, nothing is there twice."""

import json
import signal
import subprocess
import sys

import pytest

from tests.support.faces import make_face
from tests.support.servers import PATIENCE, ROOT, site
from tests.support.zips import packed

PEOPLE, EACH = 3, 4

SENT = """
import sys
from pathlib import Path
from accounts.models import User
from verification.gallery_io.services import import_create
from verification.gallery_io.uploads import Intake
intake = Intake((user := User.objects.create_user("owner@example.org", None)).pk)
intake.write(Path({path!r}).read_bytes())
import_create(owner=user, archive=intake.finish(name="people.zip"))
"""

# The sweep gives back what a killed process held; here at once, instead of when its lease has run out.
WORK = """
from django.conf import settings
from verification.gallery_io import adding, importing
from verification.jobs.claims import release_rows
from verification.models import Anchor, GalleryImport
from verification.worker import tasks
settings.FACEVERIFY_TRIES = 20
adding.AT_ONCE, importing.FEW, importing.PAUSE = 4, 2, 0
for model in (GalleryImport, Anchor):
    release_rows(model.objects.filter(state="running"), "worker_lost")
for _round in range(20):
    for task, model in ((tasks.import_a_gallery, GalleryImport), (tasks.embed, Anchor)):
        model.objects.filter(state="pending").update(due_at=None)
        for pk in model.objects.filter(state="pending").values_list("pk", flat=True):
            task(str(pk))
"""

KILLED = """
import importlib, os, signal
owner = importlib.import_module({module!r})
for name in {owner!r}.split(".") if {owner!r} else ():
    owner = getattr(owner, name)
real, calls = getattr(owner, {name!r}), []
def killed(*arguments, **options):
    calls.append(1)
    if {after!r}:
        real(*arguments, **options)
    if len(calls) == {call!r}:
        os.kill(os.getpid(), signal.SIGKILL)
    if not {after!r}:
        return real(*arguments, **options)
setattr(owner, {name!r}, killed)
"""

TOLD = """
import json
from datetime import timedelta
from django.db.models import Count
from verification.jobs import files
from verification.models import Anchor, GalleryImport, ImportedFile, Person
from verification.photos.storage import private_files
files.SAFE_AGE = timedelta(0)
files.prune_files(Anchor), files.prune_unnamed_files(Anchor)
named = {name for row in Anchor.objects.values_list("image", "crop") for name in row}
print(json.dumps({
    "state": GalleryImport.objects.get().state,
    "people": sorted(Person.objects.values_list("name", "anchor_count", "ready_count")),
    "ready": Anchor.objects.filter(state="ready").count(),
    "lines": ImportedFile.objects.filter(outcome="added").count(),
    "twice": Anchor.objects.values("content_sha256").annotate(n=Count("pk")).filter(n__gt=1).count(),
    "files": [sorted(named) == sorted(private_files().names("anchors")), len(named)],
}))
"""

ADDING, EMBEDDING = "verification.gallery.adding_many", "verification.gallery.embed_photos"
PLACES = {
    "files are written and no row is": (ADDING, "AnchorsToAdd", "store", 1, False),
    "rows are written and not committed": (ADDING, "AnchorsToAdd", "store", 2, True),
    "photos are committed and no message is sent": ("verification.jobs.queue", "", "send", 1, False),
    # Before the others, after which each photo is carried out alone.
    "faces of several are stored and not counted": ("verification.jobs.statements", "Statement", "run_for_each", 1, True),
    "crops are written": (EMBEDDING, "", "store_faces", 1, False),
    "faces are stored and not committed": (EMBEDDING, "", "note_changed", 1, True),
    "faces are committed and nothing is tidied up": ("verification.jobs.claims", "", "delete_leftovers", 1, False),
}  # fmt: skip


@pytest.mark.slow
@pytest.mark.server
def test_killed_at_every_place_one_after_the_other_it_loses_and_doubles_nothing(tmp_path):
    archive = tmp_path / "people.zip"
    photos = [(f"Person {n}/{v}.jpg", make_face(n, v)) for n in range(PEOPLE) for v in range(EACH)]
    archive.write_bytes(packed(photos))
    (tmp_path / "site").mkdir()
    with site(tmp_path / "site") as place:

        def run(code: str) -> subprocess.CompletedProcess:
            return subprocess.run(
                [sys.executable, "manage.py", "shell", "-v0", "--no-imports", "-c", code],
                cwd=ROOT, env=place.environment, capture_output=True, text=True, timeout=3 * PATIENCE,
            )  # fmt: skip

        assert run(SENT.format(path=str(archive))).returncode == 0
        for where, (module, owner, name, call, after) in PLACES.items():
            kill = KILLED.format(module=module, owner=owner, name=name, call=call, after=after)
            died = run(kill + WORK)
            assert died.returncode == -signal.SIGKILL, (where, died.stderr)

        done = run(WORK + TOLD)

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == {
        "state": "done",
        "people": [[f"Person {n}", EACH, EACH] for n in range(PEOPLE)],
        "ready": PEOPLE * EACH,
        "lines": PEOPLE * EACH,
        "twice": 0,
        "files": [True, 2 * PEOPLE * EACH],
    }
