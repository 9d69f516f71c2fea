"""Erasing a person everywhere leaves no trace of name, face, photo or id, and the verdicts as numbers."""

from uuid import uuid4

import numpy as np
import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from accounts.services import api_key_create
from faceverify.api.models import AnswerId, IdempotentRequest
from tests.support.found_faces import compared
from tests.support.people import anchor, person
from tests.support.photos import photo
from tests.support.rows import VERDICT, verification
from tests.support.submissions import submit_photos
from tests.support.traces import traces_of
from verification.gallery import services as gallery
from verification.gallery.embeddings import encrypt_embedding
from verification.jobs.services import ActionNotAllowed
from verification.models import (
    Anchor,
    BatchPair,
    Change,
    Delivery,
    GalleryExport,
    GalleryImport,
    ImportedFile,
    ModelPreview,
    Person,
    PreviewedVerdict,
    Receipt,
    Verification,
)
from verification.retention.people import Traces, person_erase_everywhere
from verification.reviews.services import review_set
from verification.webhooks.services import event_emit, webhook_create

pytestmark = pytest.mark.django_db

NAME = "Zoë Quartermain"
EMBEDDING = np.random.default_rng(7).normal(size=512).astype("<f4")
ENTRY = {"similarity": 0.8, "probability": 0.9, "outcome": "match"}


def crop_of(row, seed: int, which: str = "probe_crop") -> None:
    getattr(row, which).save(which, ContentFile(photo(seed)), save=False)
    row.save(update_fields=[which])


@pytest.fixture
def zoe(user):
    """Somebody who is everywhere in the account."""
    found = person(user, NAME, note="Plays the viola", consent_given_by=NAME)
    anchor(found, seed=21, embedding=encrypt_embedding(EMBEDDING))
    return found


@pytest.fixture
def bob(user):
    found = person(user, "Bob", note=f"Knows {NAME.upper()} well", tags=[f"friend of {NAME}"])
    anchor(found, seed=31)
    return found


@pytest.fixture
def everywhere(user, zoe, bob):
    """{what: row} of all that says or shows who Zoë is."""
    (first,) = zoe.anchors.all()
    about = verification(
        user, "done", kind="person", person=zoe, person_name=NAME, faces={"probe": compared()},
        anchor_scores=[{"anchor_id": str(first.pk), "similarity": 0.8}], title=f"Is it {NAME}?",
    )  # fmt: skip
    crop_of(about, 41)
    waiting = verification(user, "running", kind="person", person=zoe, person_name=NAME)
    candidates = [
        {"person_id": str(zoe.pk), "name": NAME, **ENTRY},
        {"person_id": str(bob.pk), "name": "Bob", **ENTRY, "outcome": "no_match"},
    ]
    search = verification(user, "done", kind="identify", candidates=candidates)
    last = [{**candidates[1], "outcome": "match"}, {**candidates[0], "outcome": "no_match"}]
    unlikely = verification(user, "done", kind="identify", candidates=last)
    faces = [{"index": 0, "person_id": str(zoe.pk), "name": NAME, **ENTRY, "refusal": None}]
    group = verification(user, "done", kind="group", named_faces=faces)
    pair = verification(user, "done", probe_name="zoë_quartermain-3.jpg")
    same = submit_photos(owner=user, probe=photo(1), photos=[("a.jpg", photo(21))])
    Verification.objects.filter(pk=same.pk).update(
        state="done", finished_at=timezone.now(), **VERDICT
    )
    review_set(verification=pair, answer="right", note=f"Certainly {NAME}.")
    preview = ModelPreview.objects.create(model_name="x", model_version="1", model_sha256="b" * 64)
    PreviewedVerdict.objects.create(
        preview=preview, verification=search, outcome="match", name=NAME, changed=True
    )
    moved = anchor(zoe, seed=22)
    gallery.anchor_move(anchor=moved, person=bob)
    gallery.anchor_move(anchor=moved, person=zoe)
    gallery.anchor_delete(anchor=anchor(zoe, seed=23))
    done = GalleryImport.objects.create(
        owner=user, state="done", finished_at=timezone.now(), file_name=f"{NAME}.zip",
        people={f"{NAME}": str(zoe.pk), "Bob": str(bob.pk)},
    )  # fmt: skip
    for number, row in enumerate((first, bob.anchors.first()), 1):
        ImportedFile.objects.create(
            job=done, number=number, path=f"{row.person.name}/1.jpg",
            person_name=row.person.name, outcome="added", anchor=row,
        )  # fmt: skip
    GalleryImport.objects.create(owner=user, file_name="more.zip")
    GalleryExport.objects.create(owner=user, left_out=[{"person": NAME, "photo": "x"}])
    hook, _secret = webhook_create(
        owner=user, url="https://receiver.example.org/", events=["verification.completed"],
        description=f"For {NAME}",
    )  # fmt: skip
    for _ in range(2):
        event_emit(owner_id=user.pk, event="verification.completed", data={"person": str(zoe.pk)})
    sent = hook.deliveries.values("pk")[:1]
    Delivery.objects.filter(pk__in=sent).update(state="delivered", finished_at=timezone.now())
    answer = IdempotentRequest.objects.create(
        owner=user, key="once", digest="d", status=201, body=f'{{"name":"{NAME}"}}'
    )
    other = IdempotentRequest.objects.create(owner=user, key="other", digest="d", status=201)
    AnswerId.objects.create(request=other, value=uuid4())
    api_key_create(owner=user, name=f"Phone of {NAME}")
    return {
        "about": about, "waiting": waiting, "search": search, "unlikely": unlikely, "group": group,
        "pair": pair, "same": same, "import": done, "answer": answer, "other": other,
    }  # fmt: skip


def test_nothing_is_left_anywhere(user, zoe, everywhere, committing):
    ids = [str(pk) for pk in Anchor.all_objects.filter(person=zoe).values_list("pk", flat=True)]
    sought: list[str | bytes] = [
        NAME,
        "zoë_quartermain",
        NAME.upper(),
        "viola",
        str(zoe.pk),
        *ids,
        EMBEDDING.tobytes(),
        photo(41),
    ]
    assert len(traces_of(*sought)) > 20

    with committing():
        receipt = person_erase_everywhere(owner=user, person=zoe)

    assert traces_of(*sought) == []
    assert receipt.counts["people"] == 1
    assert receipt.counts["anchors"] == 3


def test_verdicts_stay_as_numbers(user, zoe, everywhere):
    before = {row.pk: row.similarity for row in Verification.objects.filter(state="done")}

    person_erase_everywhere(owner=user, person=zoe)

    after = {row.pk: row.similarity for row in Verification.objects.filter(state="done")}
    assert after == before
    about = Verification.objects.get(pk=everywhere["about"].pk)
    assert (about.person_id, about.person_name, about.anchor_scores) == (None, "", [])
    assert (about.outcome, about.faces) == ("match", {})
    assert about.photos_erased_at and about.name_erased_at
    assert about.erased_why == "person"


def test_photos_that_do_not_show_the_person_stay(user, zoe, everywhere):
    person_erase_everywhere(owner=user, person=zoe)

    rows = {name: Verification.objects.filter(pk=row.pk).first() for name, row in everywhere.items()
            if isinstance(row, Verification)}  # fmt: skip
    assert {name for name, row in rows.items() if row and not row.probe_image} == {
        "about", "search", "group", "same"
    }  # fmt: skip
    assert rows["waiting"] is None
    assert rows["unlikely"] and rows["unlikely"].candidates[0]["name"] == "Bob"


def test_others_keep_what_is_theirs(user, zoe, bob, everywhere):
    person_erase_everywhere(owner=user, person=zoe)

    bob.refresh_from_db()
    assert bob.note == "Knows [erased] well"
    assert bob.anchors.count() == 1
    assert IdempotentRequest.objects.get().key == "other"
    (line,) = everywhere["import"].files.all()
    assert line.person_name == "Bob"
    assert not GalleryImport.objects.exclude(state="done").exists()
    (delivery,) = Delivery.objects.all()
    assert '"person":null' in delivery.body


def test_what_is_told_before_is_what_goes(user, zoe, everywhere):
    told = Traces(zoe).counts()

    receipt = person_erase_everywhere(owner=user, person=zoe)

    assert told.items() <= {**dict.fromkeys(told, 0), **receipt.counts}.items()


def test_a_name_that_is_part_of_anothers_stays_in_texts(user):
    ada, lovelace = person(user, "Ada"), person(user, "Ada Lovelace")
    pair = verification(user, "done", title="Ada Lovelace at the door")

    receipt = person_erase_everywhere(owner=user, person=ada)

    pair.refresh_from_db()
    assert pair.title == "Ada Lovelace at the door"
    assert "texts" not in receipt.counts
    assert list(Person.objects.all()) == [lovelace]


def test_a_name_inside_another_word_is_not_meant(user):
    ada = person(user, "Ada")
    pair = verification(user, "done", title="Adam and ADA", probe_name="ada_1.jpg")

    person_erase_everywhere(owner=user, person=ada)

    pair.refresh_from_db()
    assert (pair.title, pair.probe_name) == ("Adam and [erased]", "[erased]_1.jpg")


def test_a_merge_that_could_be_undone_does_not_keep_anyone(user, zoe, bob, committing):
    gallery.people_merge(owner=user, into=bob, other=zoe)

    with committing():
        person_erase_everywhere(owner=user, person=Person.objects.get(pk=bob.pk))

    assert not Person.all_objects.exists() and not Anchor.all_objects.exists()
    assert not Change.objects.exists()


def test_a_stranger_erases_nobody(stranger, zoe):
    with pytest.raises(ActionNotAllowed):
        person_erase_everywhere(owner=stranger, person=zoe)

    assert Person.objects.get() == zoe
    assert not Receipt.objects.exists()


def test_erasing_twice_is_refused(user, zoe):
    person_erase_everywhere(owner=user, person=zoe)

    with pytest.raises(ActionNotAllowed):
        person_erase_everywhere(owner=user, person=zoe)


def test_pairs_of_a_batch_lose_the_name(user, zoe):
    from tests.support.pair_lists import LIST_BYTES, archive
    from verification.batches.services import batch_create

    batch = batch_create(owner=user, pairs=LIST_BYTES, archive=archive({"a.jpg": photo(1)}))
    BatchPair.objects.filter(batch=batch).update(probe=f"{NAME}/1.jpg")

    person_erase_everywhere(owner=user, person=zoe)

    assert set(batch.pairs.values_list("probe", flat=True)) == {"[erased]/1.jpg"}
