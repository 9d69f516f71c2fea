"""A gallery with the real model: anchors are embedded, probes verified and identified."""

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from tests.support.embedded import add, embedded, finished, known
from tests.support.faces import make_face, no_face, two_faces
from tests.support.present import present
from tests.support.rows import files_of
from tests.support.submissions import submit_identify, submit_pair, submit_person
from verification import engine
from verification.gallery import services
from verification.gallery.embeddings import decrypt_embedding
from verification.gallery.index import people_index
from verification.gallery.worker import embed_others_again
from verification.jobs.services import ActionNotAllowed
from verification.models import Anchor, Gallery, Person, Verification
from verification.worker import tasks

pytestmark = pytest.mark.django_db


def test_an_anchor_gets_a_face_a_crop_and_an_encrypted_embedding(user):
    person = known(user, 1, photos=1)

    anchor = person.anchors.get()
    assert (anchor.state, anchor.face["count"], person.cover) == ("ready", 1, anchor)
    assert 0 < present(anchor.quality) <= 1
    size = engine.model_info().embedding_size
    assert decrypt_embedding(anchor.embedding).shape == (size,)
    assert len(bytes(anchor.embedding)) > size * 4
    assert files_of(anchor) == {"image", "crop"}


def test_the_same_photo_again_adds_nothing(user):
    person = known(user, 1, photos=1)

    again = services.anchor_add(person=person, data=make_face(1, 0))

    assert again == person.anchors.get()


def test_a_photo_of_a_verification_becomes_an_anchor_once(user):
    row = submit_pair(owner=user, probe=make_face(1), reference=make_face(1, 1))
    person = services.person_create(owner=user, name="Ada")

    first = services.anchor_add_from_verification(person=person, verification=row)
    second = services.anchor_add_from_verification(person=person, verification=row)

    assert first == second == person.anchors.get()
    assert embedded(first).state == "ready"


def test_an_anchor_without_a_face_is_refused_with_a_remedy(user):
    anchor = add(services.person_create(owner=user, name="Ada"), no_face())

    assert (anchor.state, anchor.refusal_code) == ("refused", "no_face_found")
    assert anchor.refusal_remedy


def test_a_face_of_several_is_chosen(user):
    anchor = add(services.person_create(owner=user, name="Ada"), two_faces())
    assert (anchor.refusal_code, len(anchor.faces_to_choose)) == ("several_faces", 2)

    anchor = embedded(services.anchor_choose_face(anchor=anchor, face_index=1))

    assert (anchor.state, anchor.face["index"], len(anchor.other_faces)) == ("ready", 1, 1)
    with pytest.raises(ValidationError):
        services.anchor_choose_face(anchor=anchor, face_index=7)


def test_a_probe_is_verified_against_all_anchors_of_a_person(user):
    person = known(user, 1)

    same = finished(submit_person(owner=user, person=person, probe=make_face(1, 5)))
    other = finished(submit_person(owner=user, person=person, probe=make_face(2)))

    assert (same.kind, same.state, same.outcome) == ("person", "done", "match")
    assert {score["anchor_id"] for score in same.anchor_scores} == {
        str(pk) for pk in person.anchors.values_list("pk", flat=True)
    }
    assert same.probe_crop and not same.reference_image
    assert other.outcome == "no_match"


def test_a_person_without_photos_cannot_be_verified_against(user):
    person = services.person_create(owner=user, name="Ada")

    with pytest.raises(ValidationError, match="Add a photo of Ada first"):
        submit_person(owner=user, person=person, probe=make_face(1))
    assert not Verification.objects.exists()


def test_a_probe_is_identified_or_is_no_one(user, stranger):
    ada, bea = known(user, 1), known(user, 2, photos=1, name="Bea")
    known(stranger, 3, photos=1, name="Cy")

    found = finished(submit_identify(owner=user, probe=make_face(1, 5)))
    unknown = finished(submit_identify(owner=user, probe=make_face(3)))

    assert (found.outcome, found.candidates[0]["person_id"]) == ("match", str(ada.pk))
    assert [row["name"] for row in found.candidates] == ["Ada", "Bea"]
    assert unknown.outcome == "no_match"
    assert {row["person_id"] for row in unknown.candidates} == {str(ada.pk), str(bea.pk)}


def test_a_search_sees_every_change_of_the_gallery(user):
    ada, bea = known(user, 1, photos=1), known(user, 2, photos=1, name="Bea")
    model = ada.anchors.get().model_sha256

    def counts() -> dict:
        found = people_index(gallery_id=Gallery.default_of(user.pk).pk, model_sha256=model)
        return {
            pk: count
            for part in found.parts()
            for pk, count in zip(part.ids, part.counts, strict=True)
        }

    assert counts() == {ada.pk: 1, bea.pk: 1}
    extra = add(ada, make_face(1, 1))
    assert counts() == {ada.pk: 2, bea.pk: 1}
    services.anchor_move(anchor=extra, person=bea)
    assert counts() == {ada.pk: 1, bea.pk: 2}
    services.anchor_delete(anchor=extra)
    assert counts() == {ada.pk: 1, bea.pk: 1}
    services.people_merge(owner=user, into=ada, other=bea)
    assert counts() == {ada.pk: 2}
    services.person_delete(person=ada)
    assert counts() == {}


def test_a_person_deleted_before_the_run_ends_it_with_the_reason(user):
    person = known(user, 1, photos=1)
    row = submit_person(owner=user, person=person, probe=make_face(1, 5))

    services.person_delete(person=person)

    row = finished(row)
    assert (row.state, row.refusal_code, row.person_name) == ("refused", "person_deleted", "Ada")


def test_a_person_deleted_in_mid_run_ends_it_with_the_reason(user, monkeypatch):
    person = known(user, 1, photos=1)
    row = submit_person(owner=user, person=person, probe=make_face(1, 5))
    compare = tasks.engine.compare_with_person

    def deleted_meanwhile(*args, **options):
        Person.objects.get(pk=person.pk).delete()
        return compare(*args, **options)

    monkeypatch.setattr(tasks.engine, "compare_with_person", deleted_meanwhile)

    row = finished(row)
    assert (row.state, row.refusal_code) == ("refused", "person_deleted")
    assert {file.name for file in (settings.MEDIA_ROOT / row.folder).iterdir()} == {"probe"}


def test_embeddings_of_another_model_are_made_again_before_they_are_compared(
    user, django_capture_on_commit_callbacks
):
    person = known(user, 1, photos=1)
    anchor = person.anchors.get()
    model = anchor.model_sha256
    Anchor.objects.update(model_sha256="f" * 64)
    rows = [
        submit_person(owner=user, person=person, probe=make_face(1, 5)),
        submit_identify(owner=user, probe=make_face(1, 5)),
    ]

    assert [finished(row).state for row in rows] == ["pending", "pending"]
    assert [row.attempts for row in rows] == [0, 0]
    with django_capture_on_commit_callbacks(execute=True):
        anchor = embedded(anchor)
    assert anchor.model_sha256 == model
    assert files_of(anchor) == {
        "image",
        present(anchor.crop.name).rpartition("/")[2],
    }  # no older crop
    assert anchor.crop_bytes == anchor.crop.size > 0
    assert [finished(row).outcome for row in rows] == ["match", "match"]


def test_a_worker_that_starts_has_anchors_of_another_model_embedded_again(user):
    anchor = known(user, 1, photos=1).anchors.get()
    model = anchor.model_sha256

    assert embed_others_again(model) == 0
    assert embed_others_again("f" * 64) == 1
    anchor.refresh_from_db()
    assert anchor.state == "pending"


def test_a_merge_moves_photos_and_verdicts_and_loses_no_word(user):
    ada = known(user, 1, photos=2)
    twin = known(user, 1, photos=1, name="Ada L.")
    services.person_update(person=ada, tags=["work"], note="Tall", consent_given_by="Ada")
    services.person_update(
        person=twin, tags=["work", "chess"], note="Plays", consent_given_by="Her sister"
    )
    row = submit_person(owner=user, person=twin, probe=make_face(1, 5))

    merged = services.people_merge(owner=user, into=ada, other=twin)

    assert Person.objects.get() == merged
    assert merged.anchors.count() == 2  # one photo was the same
    assert merged.tags == ["work", "chess"]
    assert merged.note == "Tall\nPlays\nConsent recorded for Ada L.: Her sister"
    assert finished(row).outcome == "match"
    assert (row.person, row.person_name) == (merged, "Ada")


def test_the_second_of_two_merges_is_told_that_the_person_is_gone(user):
    ada, bea = known(user, 1, photos=1), known(user, 2, photos=1)
    services.people_merge(owner=user, into=ada, other=bea)

    with pytest.raises(ActionNotAllowed, match="not in your gallery any more"):
        services.people_merge(owner=user, into=bea, other=ada)
    assert Person.objects.get().anchors.count() == 2


def test_a_cover_follows_its_person(user):
    person = known(user, 1, photos=2)
    first, second = person.anchors.order_by("created_at")
    assert person.cover == first
    services.person_set_cover(person=person, anchor=second)

    services.anchor_delete(anchor=second)

    person.refresh_from_db()
    assert person.cover == first


def test_files_go_with_a_person_who_is_erased(user, django_capture_on_commit_callbacks):
    person = known(user, 1, photos=1)
    anchor = person.anchors.get()
    with django_capture_on_commit_callbacks(execute=True):
        services.person_delete(person=person, erase=True)

    assert files_of(anchor) == set()
    assert not Anchor.objects.exists()
