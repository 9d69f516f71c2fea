"""Which model an installation serves: from its first start through updates and changes of its settings."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone

from ml.serving import artifacts
from tests.support.clients import browser, program
from tests.support.faces import make_face
from tests.support.migrations import migrations
from tests.support.models import USED
from tests.support.present import present
from tests.support.problems import assert_problem
from tests.support.rows import verification
from verification import engine
from verification.engine import record
from verification.gallery import services as gallery
from verification.model_change import services
from verification.models import ActiveModel, Anchor, Verification
from verification.worker import tasks

pytestmark = pytest.mark.django_db

PAGE, READY = "/model/", "/health/ready"


def sha(folder) -> str:
    return artifacts.load(folder).manifest["sha256"]


def ran_before_the_record(user, folder) -> Anchor:
    """What an installation holds that served this model before models were recorded."""
    identity = artifacts.load(folder).identity
    verification(user, "done", **{f"model_{key}": value for key, value in identity.items()})
    anchor = gallery.anchor_add(
        person=gallery.person_create(owner=user, name="Ada"), data=make_face(0)
    )
    engine.serve(folder)
    tasks.embed(str(anchor.pk))
    engine.serving.forget()
    anchor.refresh_from_db()
    assert anchor.model_sha256 == identity["sha256"]
    return anchor


def test_the_first_start_records_the_default(models):
    active = services.settle()

    assert (active.model_name, active.model_sha256) == ("harsh", sha(models / "harsh"))
    assert active.chosen == "start"
    assert services.settle() == active
    assert ActiveModel.objects.count() == 1


def test_the_first_start_records_what_is_configured_by_name(models, settings):
    settings.FACEVERIFY_MODEL = USED

    assert services.settle().model_sha256 == sha(models / USED)
    assert engine.model_identity().name == USED


def test_a_second_row_cannot_be_stored(models):
    services.settle()

    with pytest.raises(IntegrityError), transaction.atomic():
        ActiveModel.objects.create(id=2, model_sha256="a" * 64, chosen="start")


def test_an_installation_from_before_the_record_keeps_its_model_when_the_default_changes(
    user, models
):
    anchor = ran_before_the_record(user, models / USED)

    active = services.settle()

    assert (active.model_name, active.model_version) == (
        USED, artifacts.load(models / USED).manifest["version"],
    )  # fmt: skip
    assert active.chosen == "found"
    assert engine.served_model().sha256 == sha(models / USED)
    anchor.refresh_from_db()
    assert (anchor.state, anchor.model_sha256) == ("ready", sha(models / USED))


def test_of_an_installation_without_verdicts_the_embeddings_tell_the_model(user, models):
    ran_before_the_record(user, models / USED)
    Verification.objects.all().delete()

    active = services.settle()

    assert (active.model_name, active.model_sha256) == (USED, sha(models / USED))


def test_the_latest_of_several_models_is_recorded(user, models):
    ran_before_the_record(user, models / USED)
    row = verification(user, "done", model_name="newer", model_sha256="b" * 64)
    Verification.objects.filter(pk=row.pk).update(finished_at=timezone.now() + timedelta(seconds=1))

    with pytest.raises(record.AnotherModel):
        services.settle()
    assert ActiveModel.objects.get().model_name == "newer"


def test_the_setting_of_another_model_is_refused_with_both_ways_out(models, settings):
    services.settle()
    settings.FACEVERIFY_MODEL = str(models / USED)

    with pytest.raises(record.AnotherModel) as refused:
        services.settle()

    said = f"{refused.value.detail} {refused.value.remedy}"
    assert "harsh 2.0.0" in said
    assert f"unset FACEVERIFY_MODEL, or set it back to {models / 'harsh'}" in said
    assert f"manage.py change_model {models / USED}" in said
    with pytest.raises(record.AnotherModel):
        engine.served_model()


def test_a_recorded_model_that_is_not_on_the_machine_is_refused_not_replaced(models):
    services.settle()
    ActiveModel.objects.update(model_name="gone", model_sha256="c" * 64)

    with pytest.raises(record.AnotherModel) as refused:
        services.settle()
    assert "not on this machine" in refused.value.detail
    assert "ml prepare --model gone" in refused.value.remedy
    assert "change_model harsh" in refused.value.remedy


def test_a_recorded_model_that_cannot_be_made_is_told_before_the_start(models, capfd):
    services.settle()
    call_command("prepare_model")
    assert "harsh 2.0.0" in capfd.readouterr().out
    ActiveModel.objects.update(model_name="gone", model_sha256="c" * 64)

    with pytest.raises(CommandError, match="change_model harsh"):
        call_command("prepare_model")
    assert "There is no model gone" in capfd.readouterr().err


@pytest.mark.parametrize("setting", ["", USED])
def test_an_update_that_makes_the_model_anew_leaves_the_recorded_version_in_use(
    models, settings, setting
):
    settings.FACEVERIFY_MODEL = setting or USED
    services.settle()
    settings.FACEVERIFY_MODEL = setting
    former = artifacts.load(models / USED)
    own = models / "own" / USED
    artifacts.save(own, former.read_all(), former.manifest | {"version": "1.0"})
    (models / USED).unlink()
    own.rename(models / USED)

    newer = former.manifest | {"version": "9.0", "gallery": None}
    artifacts.save(models / USED, former.read_all(), newer, keep=True)

    assert artifacts.load(models / USED).manifest["version"] == "9.0"
    assert record.folder() == models / f"{USED}-1.0"
    assert services.settle().model_sha256 == former.manifest["sha256"]


def test_a_model_kept_in_the_data_folder_is_found(models, settings, capsys, tmp_path):
    settings.VAR_DIR = tmp_path / "data"
    settings.VAR_DIR.mkdir()
    call_command("keep_model")
    (models / "harsh").unlink()

    assert record.folder().parent == tmp_path / "data" / "models"
    assert services.settle().model_name == "harsh"
    call_command("keep_model")
    assert [each.name for each in record.folder().parent.iterdir()] == [record.folder().name]


def test_a_running_web_process_with_a_former_model_is_not_ready(client, user, models, settings):
    settings.FACEVERIFY_MODEL = "harsh"
    services.settle()
    assert client.get(READY).json()["model"] == "ok"

    call_command("change_model", USED, yes=True)

    answer = client.get(READY)
    assert answer.status_code == 503
    assert answer.json()["model"] == "not the recorded one"
    assert "has another model than the recorded one" in (browser(user).get(PAGE).content.decode())
    assert_problem(program(user).get("/api/v1/models/"), 503, "model_unavailable")
    settings.FACEVERIFY_MODEL = ""
    assert client.get(READY).status_code == 200


def test_a_worker_whose_model_was_changed_claims_nothing(user, models):
    services.settle()
    engine.served_model()
    row = verification(user)
    services.model_change(former=present(record.recorded()), model=engine.model_in(models / USED))

    tasks.run(str(row.pk))

    row.refresh_from_db()
    assert (row.state, row.attempts) == ("pending", 0)


def test_change_model_shows_what_changes_records_it_and_has_anchors_embedded_anew(
    user, models, capsys
):
    anchor = ran_before_the_record(user, models / USED)

    call_command("change_model", "harsh", yes=True)

    said = capsys.readouterr().out
    assert "verdicts would change" in said
    assert "1 photo of galleries would be embedded anew" in said
    assert "Recorded: harsh 2.0.0" in said
    active = ActiveModel.objects.get()
    assert (active.model_sha256, active.chosen) == (sha(models / "harsh"), "changed")
    anchor.refresh_from_db()
    assert anchor.state == "pending"
    engine.serving.forget()
    tasks.embed(str(anchor.pk))
    anchor.refresh_from_db()
    assert anchor.model_sha256 == sha(models / "harsh")
    call_command("model_status")
    assert "by manage.py change_model" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        (USED, {}, "say --yes"),
        ("harsh", {"yes": True}, "is the recorded model already"),
        ("nowhere", {"yes": True}, "There is no model in"),
        (USED, {"last": -1}, "takes a number from 0"),
    ],
)
def test_what_is_not_agreed_or_not_there_is_not_changed(models, model, options, words):
    before = services.settle()

    with pytest.raises(CommandError, match=words):
        call_command("change_model", model, **options)
    assert present(record.recorded()).model_sha256 == before.model_sha256


def test_of_two_changes_at_once_the_second_is_told(models):
    former = services.settle()
    other = engine.model_in(models / USED)

    assert services.model_change(former=former, model=other)
    assert not services.model_change(former=former, model=replace(other, sha256="d" * 64))
    assert present(record.recorded()).model_sha256 == other.sha256


def test_the_page_says_what_is_in_use_where_it_comes_from_and_how_it_is_changed(user, models):
    services.settle()

    shown = " ".join(browser(user).get(PAGE).content.decode().split())

    assert "at the first start" in shown
    assert f"python manage.py change_model {USED}" in shown
    assert "FACEVERIFY_MODEL=resnet29" in shown
    assert "CC0-1.0" in shown


def test_each_tower_is_told_in_words(user, models):
    two = [
        {"name": "first", "source": "a package", "license": "CC0", "training_data": "faces <A>"},
        {"name": "second", "source": "another", "license": "MIT", "training_data": "faces B"},
    ]
    harsh = artifacts.load(models / "harsh")
    files, manifest = harsh.read_all(), harsh.manifest | {"towers": two}
    (models / "harsh").unlink()
    artifacts.save(models / "harsh", files, manifest)

    (facts,) = program(user).get("/api/v1/models/").json()["results"]
    shown = browser(user).get(PAGE).content.decode()

    assert facts["towers"] == two
    assert all(word in shown for word in ("a package", "another", "faces &lt;A&gt;", "faces B"))


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_step_of_the_database_stores_no_model_by_itself():
    with migrations("verification") as at:
        at("0013_file_sizes")
        later = at("0014_active_model")

        assert not later.get_model("verification", "ActiveModel").objects.exists()
