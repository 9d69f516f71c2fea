"""manage.py preview_model and /model/"""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from ml.serving import artifacts
from tests.support.clients import browser, program
from tests.support.faces import make_face
from tests.support.problems import assert_problem
from tests.support.rows import verification
from tests.support.submissions import submit_pair, submit_person
from verification import engine
from verification.gallery import services as gallery
from verification.model_change.models import ModelPreview, PreviewedVerdict
from verification.model_change.preview import KEPT
from verification.models import Anchor, Verification
from verification.worker import tasks

PAGE = "/model/"

pytestmark = pytest.mark.django_db


def compared(owner, **options) -> Verification:
    row = submit_pair(owner=owner, probe=make_face(0), reference=make_face(0, 1), **options)
    tasks.run(str(row.pk))
    return Verification.objects.get(pk=row.pk)


def run(folder, capsys, **options) -> str:
    call_command("preview_model", str(folder), **options)
    return capsys.readouterr().out


def page(client) -> str:
    answer = client.get(PAGE)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_the_owner_sees_what_would_change_and_a_stranger_nothing(user, stranger, harsh, capsys):
    row = compared(user, title="Door & window")
    before = Verification.objects.values().get()
    assert "No other model has been tried" in page(browser(user))

    assert "1 of 1 verdicts would change" in run(harsh, capsys)

    shown = page(browser(user))
    assert "1 of 1 verdict would change" in shown
    assert "Door &amp; window" in shown
    assert shown.index("Same person") < shown.rindex("Different people")
    assert "harsh 2.0.0" in shown
    assert Verification.objects.values().get() == before
    assert row.outcome == "match"
    assert "No other model has been tried" in page(browser(stranger))
    assert program(stranger).get("/api/v1/model_change/").json()["preview"] is None


def test_anchors_are_embedded_by_the_candidate_and_stay_as_they_are(user, harsh, capsys):
    person = gallery.person_create(owner=user, name="Ada")
    anchor = gallery.anchor_add(person=person, data=make_face(0, 1))
    tasks.embed(str(anchor.pk))
    row = submit_person(owner=user, person=person, probe=make_face(0))
    tasks.run(str(row.pk))
    # What is stored is unreadable to the candidate: it has to look at the photos itself.
    Anchor.objects.update(embedding=b"another model's")
    stored = Anchor.objects.values().get()

    assert "1 of 1 verdicts would change" in run(harsh, capsys)
    assert Anchor.objects.values().get() == stored

    ModelPreview.objects.all().delete()
    Anchor.objects.all().delete()
    assert "0 of 0 verdicts would change, 1 not looked at." in run(harsh, capsys)


def test_only_the_last_ones_and_of_one_user_when_asked(user, stranger, harsh, capsys):
    compared(user)
    newest = compared(user)
    theirs = compared(stranger)

    run(harsh, capsys, last=2)
    assert set(PreviewedVerdict.objects.values_list("verification", flat=True)) == {
        newest.pk, theirs.pk,
    }  # fmt: skip
    engine.serving.forget()
    assert "of 2 verdicts" in run(harsh, capsys, owner=user.email)


def test_verdicts_whose_photos_are_no_faces_are_refused_not_lost(user, harsh, capsys):
    row = verification(user, "done")  # photos of noise

    assert "1 of 1 verdicts would change" in run(harsh, capsys)
    assert PreviewedVerdict.objects.get().outcome == "refused"
    assert "Photo refused" in page(browser(user))
    row.delete()
    assert not PreviewedVerdict.objects.exists()


@pytest.mark.parametrize("what", ["missing", "in use", "no verdicts", "no user", "none asked"])
def test_what_cannot_be_previewed_is_told(user, harsh, tmp_path, what):
    cases: dict[str, tuple[Path, dict[str, str | int], str]] = {
        "missing": (tmp_path / "none", {}, "There is no model in"),
        "in use": (artifacts.default_folder(), {}, "This is the model in use"),
        "no verdicts": (harsh, {}, "There are no verdicts yet"),
        "no user": (harsh, {"owner": "nobody@example.org"}, "There is no user nobody@example.org"),
        "none asked": (harsh, {"last": 0}, "takes a number from 1"),
    }
    folder, options, words = cases[what]

    with pytest.raises(CommandError, match=words):
        call_command("preview_model", str(folder), **options)
    assert not ModelPreview.objects.exists()


def test_old_previews_go(user, harsh, capsys):
    verification(user, "done")
    for _ in range(KEPT + 1):
        engine.serving.forget()
        run(harsh, capsys)

    assert ModelPreview.objects.count() == KEPT


def test_the_page_shows_how_many_anchors_wait_for_the_model_in_use(user, capsys):
    person = gallery.person_create(owner=user, name="Ada")
    for variation in range(3):
        anchor = gallery.anchor_add(person=person, data=make_face(0, variation))
        tasks.embed(str(anchor.pk))
    client = browser(user)
    assert "This model has embedded all of them." in page(client)

    Anchor.objects.filter(pk=anchor.pk).update(model_sha256="b" * 64)

    shown = page(client)
    assert "2 of 3" in shown
    assert "1 still to be embedded" in shown
    assert 'hx-get="/model/"' in shown
    call_command("model_status")
    assert "2 of 3 anchors embedded, 1 waiting, 0 unusable" in capsys.readouterr().out


def test_verdicts_are_counted_by_the_model_that_gave_them(user):
    verification(user, "done", model_name="old", model_version="1.0", model_sha256="c" * 64)
    shown = page(browser(user))

    assert "old 1.0" in shown
    assert "cccccccccccc</code>" in shown


def test_without_a_model_the_page_says_so(user, settings, tmp_path):
    settings.FACEVERIFY_MODEL = tmp_path / "none"

    assert "There is no model to serve" in page(browser(user))
    assert_problem(program(user).get("/api/v1/model_change/"), 503, "model_unavailable")


def test_anonymous_signs_in_first(client):
    from rest_framework.test import APIClient

    assert client.get(PAGE).status_code == 302
    assert_problem(APIClient().get("/api/v1/model_change/"), 401, "not_authenticated")
