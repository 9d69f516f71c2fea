"""Verdicts against a person and searches of the gallery, as their pages show them."""

import pytest
from django.urls import reverse

from tests.support.people import anchor, person
from tests.support.rows import VERDICT, verification

pytestmark = pytest.mark.django_db


def against(user, kind: str, outcome: str, **values):
    """A finished verification of one photo against the gallery."""
    alone = {"kind": kind, "outcome": outcome, "reference_image": "", "reference_name": ""}
    return verification(user, "done", **VERDICT | alone | values)


def page_of(client, row) -> str:
    answer = client.get(reverse("verification_detail", args=[row.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def candidate(name: str, similarity: float, outcome: str, probability: float = 0.5) -> dict:
    return {
        "person_id": "0" * 32,
        "name": name,
        "similarity": similarity,
        "probability": probability,
        "outcome": outcome,
    }


@pytest.mark.parametrize(
    ("outcome", "headline"),
    [
        ("match", "Probably Ada Lovelace"),
        ("no_match", "Probably not Ada Lovelace"),
        ("inconclusive", "Cannot tell; perhaps Ada Lovelace"),
    ],
)
def test_a_verdict_against_a_person_names_the_person(owner, user, outcome, headline):
    ada = person(user, "Ada Lovelace")
    row = anchor(ada)
    scores = [
        {"anchor_id": "0" * 32, "similarity": 0.4},
        {"anchor_id": str(row.pk), "similarity": 0.75},
    ]
    page = page_of(
        owner,
        against(
            user, "person", outcome, person=ada, person_name="Ada Lovelace", anchor_scores=scores
        ),
    )

    assert headline in page
    assert page.index("0.750") < page.index("0.400")
    assert reverse("photo", args=[row.pk]) in page
    assert page.count('class="scores__gone') == 1
    assert reverse("person", args=[ada.pk]) in page
    assert "reference_crop" not in page


def test_a_person_that_is_gone_is_named_without_a_link(owner, user):
    scores = [{"anchor_id": "0" * 32, "similarity": 0.4}]
    page = page_of(
        owner, against(user, "person", "match", person_name="Ada Lovelace", anchor_scores=scores)
    )

    assert "Probably Ada Lovelace" in page
    assert "/people/0" not in page


def test_a_search_lists_its_candidates_and_names_the_best(owner, user):
    ada = person(user, "Ada <b>")
    found = [
        candidate("Ada <b>", 0.9, "match") | {"person_id": str(ada.pk)},
        candidate("Grace", 0.3, "no_match"),
    ]
    page = page_of(owner, against(user, "identify", "match", candidates=found))

    assert "Probably Ada &lt;b&gt;" in page
    assert page.index("0.900") < page.index("Grace")
    assert reverse("person", args=[ada.pk]) in page
    assert "not in your gallery any more" in page[page.index("Grace") :]
    assert "strangers would be called a match with anyone in your gallery" in page


def test_a_search_without_a_match_says_no_one(owner, user):
    found = [candidate("Grace", 0.3, "no_match")]

    assert "No one in your gallery" in page_of(
        owner, against(user, "identify", "no_match", candidates=found)
    )


@pytest.mark.parametrize(
    ("kind", "probability", "headline", "line"),
    [
        (
            "identify",
            0.97,
            "Cannot tell; perhaps Ada",
            "Very likely Ada, 97 %, but not enough for Standard",
        ),
        ("identify", 0.29, "Cannot tell whether it is Ada", "More likely not Ada (29 % for Ada)"),
        ("person", 0.7, "Cannot tell; perhaps Ada", "More likely Ada (70 %)"),
        ("person", 0.29, "Cannot tell whether it is Ada", "More likely not Ada (29 % for Ada)"),
    ],
)
def test_an_open_verdict_says_which_way_it_leans(owner, user, kind, probability, headline, line):
    found = [candidate("Ada", 0.6, "inconclusive", probability)] if kind == "identify" else []
    row = against(
        user, kind, "inconclusive", probability=probability, candidates=found, person_name="Ada"
    )

    page = page_of(owner, row)

    assert headline in page
    assert line in page
    assert "Confidence:" not in page
    assert "No one in your gallery" not in page


def test_a_candidate_that_an_earlier_rule_denied_says_so(owner, user):
    found = [candidate("Grace", 0.7, "no_match", 0.993)]
    row = against(user, "identify", "no_match", candidates=found, probability=0.993)

    page = page_of(owner, row)

    assert "Decided by an earlier rule; chance of Grace: 99.3 %" in page
    assert "by an earlier rule" in page[page.index("Nearest in your gallery") :]


def test_the_history_shows_them_with_one_photo(owner, user):
    row = against(user, "person", "match", person_name="Ada Lovelace", title="Door")
    page = owner.get(reverse("history")).content.decode()

    assert reverse("verification_detail", args=[row.pk]) in page
    assert "Door" in page
    assert "reference_crop" not in page
