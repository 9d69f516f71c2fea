# ruff: noqa: RUF001  letters of other scripts are what this is about
"""Searching for words finds them in any case and encoding, on either database."""

import unicodedata

import pytest
import requests

from tests.support.migrations import migrations
from tests.support.people import person
from tests.support.rows import verification
from verification.comparisons.models import Verification
from verification.gallery import services
from verification.gallery.models import Person
from verification.text.folding import fold

# (stored, searched for): case of any script, and accents as one character or as two.
ALIKE = [
    ("Иван", "иван"),
    ("şule", "ŞULE"),
    ("Ärzte", "ärzte"),
    ("Straße", "STRASSE"),
    ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"),
    (unicodedata.normalize("NFD", "Zoë Élan"), "zoë él"),
    ("Zoë Élan", unicodedata.normalize("NFD", "ÉLAN")),
    ("각", unicodedata.normalize("NFD", "각")),
]
UNLIKE = [("Иван", "петр"), ("Élan", "elan"), ("100 sure", "%"), ("a b", "a_b"), ("ab", "\\")]

alike = pytest.mark.parametrize(("stored", "sought"), ALIKE)
unlike = pytest.mark.parametrize(("stored", "sought"), UNLIKE)


def found(api, path: str, sought: str) -> int:
    return len(api.get(path, {"q": sought}).json()["results"])


@alike
@pytest.mark.parametrize("field", ["name", "note"])
def test_people_are_found(api, user, stored, sought, field):
    person(user, **{"name": "X", field: stored})

    assert found(api, "/api/v1/people/", sought) == 1


@unlike
def test_others_are_not(api, user, stored, sought):
    person(user, stored)

    assert found(api, "/api/v1/people/", sought) == 0


@alike
@pytest.mark.parametrize("field", ["title", "probe_name", "reference_name", "person_name"])
def test_verdicts_are_found(api, owner, user, stored, sought, field):
    row = verification(user, "done", **{field: stored})

    assert found(api, "/api/v1/verifications/", sought) == 1
    assert str(row.pk) in owner.get("/history/", {"q": sought}).content.decode()


@pytest.mark.django_db
def test_the_folded_text_follows_every_way_of_writing(user):
    made = person(user, "ÄRZTE")
    services.person_update(person=made, name="Иван", note="ÉTÉ")

    assert Person.objects.get().name_folded == "иван"
    assert Person.objects.get().note_folded == "été"

    made.name = "ŞULE"
    made.save(update_fields=["name"])
    row = verification(user, "done")
    Verification.objects.filter(pk=row.pk).update(person_name="ΣΑΣ")
    Verification.objects.bulk_create([Verification(owner=user, title="ÖL")])
    Verification._base_manager.filter(title="ÖL").update(probe_name="Ö.jpg")

    assert Person.objects.get().name_folded == "şule"
    assert Verification.objects.get(pk=row.pk).person_name_folded == "σασ"
    other = Verification.objects.exclude(pk=row.pk).get()
    assert (other.title_folded, other.probe_name_folded) == ("öl", "ö.jpg")


def test_folding_again_changes_nothing():
    for text in (word for pair in ALIKE for word in pair):
        assert fold(fold(text)) == fold(text)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_what_was_stored_before_is_folded(user):
    with migrations("verification") as at:
        old = at("0020_worker_queues")
        for name in ("Иван", "ÄRZTE"):
            old.get_model("verification", "Person").objects.create(
                owner_id=user.pk, name=name, note="É"
            )
        old.get_model("verification", "Verification").objects.create(owner_id=user.pk, title="ŞULE")

        new = at("0021_text_folded")

        people = new.get_model("verification", "Person").objects
        assert set(people.values_list("name_folded", "note_folded")) == {
            ("иван", "é"),
            ("ärzte", "é"),
        }
        assert new.get_model("verification", "Verification").objects.get().title_folded == "şule"


@pytest.mark.server
def test_both_databases_find_the_same(either_site):
    api = requests.Session()
    api.headers["Authorization"] = f"Bearer {either_site.new_key()}"
    people = f"{either_site.url}/api/v1/people/"
    for number, (stored, _sought) in enumerate(ALIKE):
        assert api.post(people, json={"name": f"{stored} {number}"}, timeout=60).ok

    for number, (_stored, sought) in enumerate(ALIKE):
        rows = api.get(people, params={"q": sought}, timeout=60).json()["results"]
        assert any(row["name"].endswith(f" {number}") for row in rows), sought
