"""Every result in every state, the history, the review queue and thresholds, as a German reads them."""

import pytest
from django.urls import reverse

from tests.support.clients import browser
from tests.support.embedded import add, finished, known
from tests.support.faces import group, make_face, no_face, two_faces
from tests.support.marked_german import english, marked_german, stored_names  # noqa: F401  a fixture
from tests.support.rows import verification
from tests.support.submissions import (
    submit_group,
    submit_identify,
    submit_pair,
    submit_person,
    submit_photos,
)
from verification.comparisons.erasing import crops_erase, photos_erase
from verification.reviews.services import review_set

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("marked_german")]
OUTCOMES = ("match", "no_match", "inconclusive")


def results(user) -> list:
    ada = known(user, 0)
    face = make_face(0, 3)
    many = [("a.jpg", make_face(0, 1)), ("b.jpg", make_face(1)), ("c.jpg", no_face())]
    return [
        finished(submit_pair(owner=user, probe=face, reference=make_face(0, 1))),
        finished(submit_pair(owner=user, probe=face, reference=no_face())),
        finished(submit_pair(owner=user, probe=two_faces(0, 1), reference=face)),
        finished(submit_person(owner=user, probe=face, person=ada)),
        finished(submit_identify(owner=user, probe=face)),
        finished(submit_identify(owner=user, probe=make_face(5))),
        finished(submit_group(owner=user, probe=group((0, 2), (1, 0)))),
        finished(submit_group(owner=user, probe=no_face())),
        finished(submit_photos(owner=user, probe=face, photos=many)),
        submit_photos(owner=user, probe=face, photos=many),
        verification(user, "failed"),
        verification(user, "running"),
        *(verification(user, "done", outcome=outcome) for outcome in OUTCOMES),
        verification(user, "done", outcome="no_match", confidence=0.2),
    ]


def test_no_result(user):
    rows = results(user)
    erased = verification(user, "done")
    photos_erase([erased.pk], why="rule")
    crops_erase([erased.pk], why="person")
    for row, answer in zip(rows, ("right", "wrong", "unsure"), strict=False):
        if row.outcome:
            review_set(verification=row, answer=answer)
    client, names = browser(user), stored_names()

    wrong: dict[str, list[str]] = {}
    for row in (*rows, erased):
        wrong |= english(client, reverse("verification_detail", args=[row.pk]), names)
        if row.state == "refused":
            wrong |= english(client, reverse("verification_another", args=[row.pk, "probe"]), names)

    assert wrong == {}


def test_no_page_about_them(user):
    rows = results(user)
    review_set(verification=rows[0], answer="right")
    bea = known(user, 4, name="Bea")
    add(bea, no_face())
    client, names = browser(user), stored_names()
    named = reverse("verification_name_face", args=[rows[6].pk, 0])
    pages = ("history", "dashboard", "agreement", "review_queue", "calibration", "unknown_faces")

    wrong: dict[str, list[str]] = {}
    for url in (*map(reverse, pages), named, reverse("person", args=[bea.pk])):
        wrong |= english(client, url, names)
    wrong |= english(client, reverse("history") + "?q=nichts", names)
    wrong |= english(client, reverse("history") + "?first=gestern", names)

    assert wrong == {}
