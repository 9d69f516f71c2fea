"""Why a verdict came out as it did: asked for on its page, computed by a worker."""

import pytest
from django.urls import reverse

from tests.support.embedded import finished, known
from tests.support.faces import make_face
from tests.support.found_faces import compared
from tests.support.problems import assert_problem
from tests.support.rows import verification
from tests.support.submissions import submit_pair, submit_person
from verification import engine
from verification.comparisons.erasing import crops_erase, photos_erase
from verification.explanations.services import explanation_start
from verification.explanations.weaknesses import weaknesses
from verification.models import Explanation, Verification
from verification.worker import tasks

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def verdict(user):
    return finished(submit_pair(owner=user, probe=make_face(0), reference=make_face(0, 1)))


def explained(row: Verification) -> Explanation:
    explanation = explanation_start(verification=row)
    tasks.explain_verdict(str(explanation.pk))
    explanation.refresh_from_db()
    return explanation


def page(client, row) -> str:
    return client.get(reverse("verification_detail", args=[row.pk])).content.decode()


def test_nothing_is_computed_until_somebody_asks(verdict, owner):
    assert "Show which parts of the faces decided" in page(owner, verdict)
    assert not Explanation.objects.exists()


def test_asked_for_on_the_page_it_is_computed_by_a_worker_and_shown(verdict, owner):
    asked = owner.post(reverse("verification_why", args=[verdict.pk]), headers=HTMX)
    assert 'hx-trigger="load delay:1s"' in asked.content.decode()

    tasks.explain_verdict(str(Explanation.objects.get().pk))
    shown = owner.get(reverse("verification_why", args=[verdict.pk]), headers=HTMX).content.decode()

    assert "Most of the likeness lies in the" in shown
    assert shown.count('class="why__map"') == 2
    assert "hx-trigger" not in shown
    assert "Most of the likeness" in page(owner, verdict)


def test_without_a_script_asking_leads_back_to_the_page(verdict, owner):
    answer = owner.post(reverse("verification_why", args=[verdict.pk]))

    assert answer["Location"] == reverse("verification_detail", args=[verdict.pk])
    assert Explanation.objects.get().state == "pending"


def test_asking_twice_computes_once(verdict):
    first = explained(verdict)

    assert explanation_start(verification=verdict).pk == first.pk
    assert Explanation.objects.get().state == "done"


def test_a_failed_one_can_be_asked_for_again(verdict):
    row = explained(verdict)
    Explanation.objects.filter(pk=row.pk).update(
        state="failed", failure_code="internal_error", result={}
    )

    assert explained(verdict).state == "done"


def test_erased_photos_or_faces_take_the_explanation_with_them(verdict, user):
    explained(verdict)
    photos_erase([verdict.pk], why="rule")
    assert not Explanation.objects.exists()

    second = finished(submit_pair(owner=user, probe=make_face(1), reference=make_face(1, 1)))
    explained(second)
    crops_erase([second.pk], why="rule")
    assert not Explanation.objects.exists()


def test_a_verdict_of_another_model_is_not_explained(verdict, owner):
    Verification.objects.filter(pk=verdict.pk).update(model_sha256="b" * 64)

    answer = owner.post(reverse("verification_why", args=[verdict.pk]), headers=HTMX)

    assert "Another model is used now" in answer.content.decode()
    assert not Explanation.objects.exists()


def test_a_model_changed_while_it_waits_is_told(verdict, owner):
    row = explanation_start(verification=verdict)
    Verification.objects.filter(pk=verdict.pk).update(model_sha256="b" * 64)

    tasks.explain_verdict(str(row.pk))

    row.refresh_from_db()
    assert (row.state, row.refusal_code) == ("refused", "model_changed")
    assert "Another model is used now" in page(owner, verdict)


def test_another_kind_of_comparison_has_no_such_card(user, owner):
    ada = known(user, 0)
    row = finished(submit_person(owner=user, probe=make_face(0, 3), person=ada))

    assert 'id="why"' not in page(owner, row)
    owner.post(reverse("verification_why", args=[row.pk]))
    assert not Explanation.objects.exists()


def test_a_stranger_neither_asks_nor_sees(verdict, other, stranger_api):
    url = reverse("verification_why", args=[verdict.pk])
    explained(verdict)

    assert other.get(url).status_code == 404
    assert other.post(url).status_code == 404
    assert stranger_api.get(f"/api/v1/verifications/{verdict.pk}/explanation/").status_code == 404


def test_a_program_asks_and_reads(verdict, api):
    url = f"/api/v1/verifications/{verdict.pk}/explanation/"
    assert_problem(api.get(url), 404, "not_found")

    asked = api.post(url)
    assert (asked.status_code, asked.json()["state"], asked.json()["maps"]) == (
        202,
        "pending",
        None,
    )
    tasks.explain_verdict(str(Explanation.objects.get().pk))
    told = api.get(url).json()

    assert told["state"] == "done"
    assert set(told["maps"]) == {"probe", "reference"}
    assert len(told["maps"]["probe"]["cells"]) == 8
    assert sum(told["maps"]["probe"]["regions"].values()) == pytest.approx(1, abs=1e-3)


# In words


def test_good_photos_have_nothing_against_them():
    assert weaknesses({"probe": compared(), "reference": compared()}) == []


@pytest.mark.parametrize(
    ("quality", "said"),
    [
        ({"yaw": 41.0}, "turned to the side by about 41°"),
        ({"pitch": -38.0}, "turned up or down by about 38°"),
        ({"brightness": 0.12}, "the face is dark"),
        ({"brightness": 0.95}, "very bright"),
        ({"sharpness": 0.001}, "not sharp"),
        ({"size": 40.0}, "small: 40 pixels wide"),
    ],
)
def test_what_weighs_against_a_pair_is_told_of_the_photo_that_has_it(quality, said):
    told = weaknesses({"probe": compared(), "reference": compared(**quality)})

    assert any(said in sentence and "second photo" in sentence for sentence in told)
    assert not any("first photo" in sentence for sentence in told)


def test_coverings_are_told():
    covered = compared() | {"conditions": ["covered_eyes", "covered_mouth", "cut_off"]}

    told = weaknesses({"probe": covered, "reference": compared()})

    assert len(told) == 3


def test_differences_between_two_photos_that_are_each_fine_are_told():
    told = weaknesses(
        {
            "probe": compared(yaw=-20.0, brightness=0.3),
            "reference": compared(yaw=20.0, brightness=0.7),
        }
    )

    assert told == [
        "The faces look in different directions, about 40° apart.",
        "The light on the faces is very different.",
    ]


def test_the_page_says_that_age_is_not_known(user, owner):
    row = verification(user, "done", faces={"probe": compared(), "reference": compared(yaw=50.0)})

    shown = page(owner, row)

    assert "turned to the side by about 50°" in shown
    assert "cannot be measured" in shown


def test_every_condition_of_the_engine_is_told():
    measured = {
        "blurred": compared(sharpness=0.001),
        "dark": compared(brightness=0.1),
        "small": compared(size=40.0),
    }
    for name in engine.CONDITIONS:
        face = measured.get(name, compared()) | {"conditions": [name]}
        assert weaknesses({"probe": face, "reference": compared()}), name
