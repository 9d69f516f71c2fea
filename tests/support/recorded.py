"""Databases as earlier versions left them, recorded while those were the newest, for the tests of migrations.

record it   python manage.py shell -c "from tests.support.recorded import record; record()"
            on an empty database, with FACEVERIFY_FILE_KEYS set to FILE_KEY: the newest migrations give the
            file its name
bring it up restore("database_0015.json"), on a database without tables
"""

import json
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from django.apps import apps as current
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.core.serializers import serialize
from django.db import connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from ml.serving import artifacts
from tests.support.photos import photo
from verification.photos.storage import private_files

DATA = Path(__file__).parents[1] / "data"
NAMES = ("database_0013.json", "database_0015.json", "database_0031.json")
APPS = ("accounts", "invitations", "rest", "verification")
EMAIL, PASSWORD = "owner@example.org", "correct horse 9"
FILE_KEY = "bm9ib2R5J3MgcGhvdG9zIGFyZSBzZWFsZWQgd2l0aCA="  # the recorded secrets are sealed with it
MODEL = "a" * 64  # stands for the SHA-256 of the model that is served


def restore(name: str) -> None:
    """Make the tables of that time, fill them with the recorded rows, each with its photos, and
    migrate to the newest."""
    served = artifacts.load(artifacts.default_folder()).identity["sha256"]
    recorded = json.loads((DATA / name).read_text().replace(MODEL, served))
    for app, migration in recorded["migrations"].items():
        call_command("migrate", app, migration, verbosity=0)
    _fill([*recorded["migrations"].items()], recorded["rows"])
    call_command("migrate", verbosity=0)


def rows(name: str) -> list[dict]:
    return json.loads((DATA / name).read_text())["rows"]


def _fill(migrations: list[tuple[str, str]], rows: list[dict]) -> None:
    apps = MigrationExecutor(connection).loader.project_state(migrations).apps
    with transaction.atomic():  # rows refer to each other both ways
        for row in rows:
            model = apps.get_model(row["model"])
            made = model(pk=model._meta.pk.to_python(row["pk"]))
            for field in model._meta.concrete_fields:
                if field.name in row["fields"]:
                    setattr(made, field.attname, _value(field, row["fields"][field.name]))
                if isinstance(field, models.FileField) and row["fields"].get(field.name):
                    private_files().save(row["fields"][field.name], ContentFile(photo(1)))
            model._base_manager.bulk_create([made])


def _value(field, stored):
    if field.remote_field:
        return field.target_field.to_python(stored)
    return field.to_python(stored)


def record() -> None:
    """At least one row of every table, several where their states differ."""
    from accounts.invitations.models import InvitationUse
    from accounts.models import User
    from accounts.services import api_key_create
    from faceverify.api.models import IdempotentRequest
    from tests.support.found_faces import face
    from tests.support.people import anchor, person
    from tests.support.rows import verification
    from tests.support.things import make_things
    from verification import models as tables
    from verification.reports.sealing import key_in_use
    from verification.retention import erased
    from verification.retention.rules import rules_set

    owner = User.objects.create_user(EMAIL, PASSWORD)
    stranger = User.objects.create_user("stranger@example.org", PASSWORD)
    made = make_things(owner)["ids"]
    for state in ("running", "done", "failed"):
        verification(owner, state, title=f"One that is {state}")
    faces = [face(0), face(1, 36.0)]
    verification(owner, "refused", title="One that is refused", refusal_faces=faces)
    verification(owner, "done", title="No match", outcome="no_match", confidence=0.97)
    verification(stranger, "done", title="A stranger's")
    person(stranger, "Somebody else's")
    crowd = person(owner, "Dora", tags=["family"], note="Tall")
    for seed, state in enumerate(("pending", "ready", "refused", "several", "failed"), start=30):
        anchor(crowd, state, seed=seed)
    api_key_create(owner=stranger, name="stranger's camera")
    now = timezone.now()
    tables.BatchPhoto.objects.create(batch_id=made["batch"], key="a" * 64, model_sha256=MODEL)
    tables.ImportedFile.objects.create(
        job_id=made["import"], number=1, path="Ada/a.jpg", outcome="added", anchor_id=made["anchor"]
    )
    tables.DeliveryAttempt.objects.create(delivery_id=made["delivery"], milliseconds=12, status=204)
    tables.Worker.objects.create(name="worker@example.org", seen_at=now - timedelta(days=1))
    tables.ActiveModel.objects.create(model_sha256=MODEL, model_name="resnet29", chosen="start")
    preview = tables.ModelPreview.objects.create(
        model_name="compact", model_version="1", model_sha256="b" * 64, finished_at=now
    )
    tables.PreviewedVerdict.objects.create(
        preview=preview, verification_id=made["verdict"], outcome="no_match", changed=True
    )
    answer = IdempotentRequest.objects.create(owner=owner, key="once", digest="d" * 64, status=201)
    answer.ids.create(value=made["verdict"])
    rules_set(owner=owner, days={"photos": 30})
    tables.RetentionRun.objects.create(at=now, done_with=stranger.pk, finished_at=now)
    tables.Erased.objects.create(kind="person", digest=erased.digest_of("person", made["person"]))
    tables.ClosingAccount.objects.create(owner_id=uuid4(), counts={"verdicts": 3})
    InvitationUse.objects.create(invitation_id=made["invitation"], user=stranger)
    key_in_use()
    tables.ClosedSteps.objects.create(owner=owner)
    seen = verification(
        owner, "done", kind="live", reference_image="", reference_name="", person_name="Dora"
    )
    tables.LiveSession.objects.create(
        owner=owner, state="done", task="identify", verification=seen, outcome="match",
        challenge="passed", frames_seen=40, frames_used=6, seconds=2.5, finished_at=now,
    )  # fmt: skip
    tables.Sighting.objects.create(owner=owner, person=crowd, verification=seen, at=now)
    group = verification(owner, "done", kind="group", reference_image="", reference_name="")
    tables.FaceGathering.objects.create(
        owner=owner, state="done", groups=[[[str(group.pk), 0]]], photos=1, finished_at=now
    )
    kinds = [model for app in APPS for model in current.get_app_config(app).get_models()]
    empty = [model.__name__ for model in kinds if not model._base_manager.exists()]
    assert not empty, f"Nothing is recorded of {empty}"
    everything = [row for model in kinds for row in model._base_manager.order_by("pk")]
    latest = dict(MigrationExecutor(connection).loader.graph.leaf_nodes(app)[0] for app in APPS)
    lines = ",\n".join(map(json.dumps, json.loads(serialize("json", everything))))
    name = f"database_{latest['verification'].split('_')[0]}.json"
    (DATA / name).write_text(f'{{"migrations": {json.dumps(latest)},\n"rows": [\n{lines}\n]}}\n')
