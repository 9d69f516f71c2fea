"""Searches with the real model: a photo against many, and the faces of a group photo."""

import pytest
from django.conf import settings

from tests.support.faces import group, make_face, no_face, two_faces
from tests.support.pair_lists import bad_photos, phone_photo
from tests.support.present import present
from tests.support.rows import files_of
from tests.support.submissions import submit_group, submit_photos
from verification.gallery import services as gallery
from verification.models import SearchPhoto, Verification
from verification.worker import tasks

pytestmark = pytest.mark.django_db


def run(row) -> Verification:
    tasks.run(str(row.pk))
    return Verification.objects.get(pk=row.pk)


def search(owner, *photos: bytes, **options) -> Verification:
    files = [(f"{n}.jpg", photo) for n, photo in enumerate(photos)]
    return submit_photos(owner=owner, probe=make_face(0), photos=files, **options)


def states(row) -> list[str]:
    return list(row.photos.values_list("state", flat=True))


def known(owner, *identities: int) -> list:
    people = []
    for identity in identities:
        people.append(gallery.person_create(owner=owner, name=f"Person {identity}"))
        anchor = gallery.anchor_add(person=people[-1], data=make_face(identity, 1))
        tasks.embed(str(anchor.pk))
    return people


def test_each_photo_has_its_verdict_or_refusal_and_the_best_one_speaks_for_all(user):
    row = run(search(user, make_face(1), make_face(0, 1), no_face(), two_faces(), b"no photo"))

    assert (row.state, row.outcome, row.attempts) == ("done", "match", 1)
    found = list(row.photos.values_list("state", "outcome", "refusal_code"))
    assert found == [
        ("done", "no_match", ""),
        ("done", "match", ""),
        ("refused", "", "no_face_found"),
        ("refused", "", "several_faces"),
        ("refused", "", "unsupported_format"),
    ]
    best = row.photos.get(position=1)
    assert (row.similarity, row.confidence) == (best.similarity, best.confidence)
    low, high = present(row.band_low), present(row.band_high)
    assert low <= present(row.threshold) <= high < present(best.similarity)
    assert row.model_sha256 == best.model_sha256 != ""
    assert files_of(row) == {"probe", "probe_crop", "photo-0", "photo-1", "photo-2", "photo-3"} | {
        "photo-0-crop", "photo-1-crop",
    }  # fmt: skip


def test_bad_photos_are_refused_one_by_one(user):
    bad = list(bad_photos().values())

    row = run(search(user, *bad, phone_photo(0)))

    assert (row.state, row.outcome) == ("done", "match")
    assert states(row) == ["refused"] * len(bad) + ["done"]


def test_the_rows_do_not_change_with_the_company_they_are_in(user):
    alone = run(search(user, make_face(0, 1)))
    among = run(search(user, make_face(1), make_face(2), make_face(0, 1)))

    assert alone.photos.get().similarity == among.photos.get(position=2).similarity
    assert alone.threshold == among.threshold


def test_a_search_of_photos_that_cannot_be_used_is_refused_and_says_why_of_each(user):
    row = run(search(user, no_face(), b"no photo"))

    assert (row.state, row.refusal_code) == ("refused", "no_photo_usable")
    assert states(row) == ["refused", "refused"]


def test_a_probe_with_two_faces_asks_which_and_goes_on_with_it(user):
    from verification.comparisons.services import verification_choose_face

    row = submit_photos(owner=user, probe=two_faces(1, 0), photos=[("a", make_face(0, 1))])
    row = run(row)
    assert (row.refusal_code, row.refusal_which) == ("several_faces", "probe")
    assert states(row) == ["waiting"]
    right = max(row.refusal_faces, key=lambda face: face["bounding_box"]["left"])["index"]

    row = run(verification_choose_face(verification=row, which="probe", face_index=right))

    assert row.outcome == "match"


def test_a_run_out_of_time_leaves_the_rest_to_the_next_one(user, monkeypatch):
    row = search(user, make_face(1), make_face(0, 1), make_face(2))
    monkeypatch.setattr(settings, "CELERY_TASK_TIME_LIMIT", 0)

    seen = []
    for _ in range(3):
        row = run(row)
        seen.append((row.state, row.attempts, states(row).count("done")))

    assert seen == [("pending", 0, 1), ("pending", 0, 2), ("done", 1, 3)]
    assert row.outcome == "match"


def test_a_row_of_another_model_is_compared_again(user, monkeypatch):
    row = search(user, make_face(0, 1), make_face(1))
    monkeypatch.setattr(settings, "CELERY_TASK_TIME_LIMIT", 0)
    run(row)
    SearchPhoto.objects.filter(position=0).update(model_sha256="b" * 64, similarity=0.123)
    for _ in range(2):
        row = run(row)

    assert row.state == "done"
    assert set(row.photos.values_list("model_sha256", flat=True)) == {row.model_sha256}
    assert present(row.photos.get(position=0).similarity) > present(row.threshold)
    assert "photo-0-crop" in files_of(row)


def test_a_search_deleted_meanwhile_leaves_nothing(user, django_capture_on_commit_callbacks):
    row = search(user, make_face(0, 1))
    pk, folder = str(row.pk), settings.MEDIA_ROOT / row.folder
    with django_capture_on_commit_callbacks(execute=True):
        row.delete()

    tasks.run(pk)

    assert not SearchPhoto.objects.exists()
    assert not folder.exists()


def test_each_face_of_a_group_is_named_or_unknown(user):
    ada, bea = known(user, 0, 1)
    row = run(submit_group(owner=user, probe=group((1, 0), (5, 0), (0, 0))))

    assert (row.state, row.outcome) == ("done", "match")
    faces = [row.faces["probe"], *row.faces["probe"]["others"]]
    left = {face["index"]: face["bounding_box"]["left"] for face in faces}
    named = [
        (face["outcome"], face["person_id"], face["name"])
        for face in sorted(row.named_faces, key=lambda face: left[face["index"]])
    ]
    assert named == [
        ("match", str(bea.pk), "Person 1"),
        ("no_match", None, ""),
        ("match", str(ada.pk), "Person 0"),
    ]


def test_more_faces_share_the_rate(user):
    known(user, 0, 1)
    one, three = (
        run(submit_group(owner=user, probe=photo))
        for photo in (group((0, 0)), group((0, 0), (5, 0), (6, 0)))
    )

    assert present(one.threshold) < present(three.threshold)
    assert one.false_match_rate == three.false_match_rate


def test_nobody_is_in_a_photo_twice(user):
    known(user, 0, 1)
    row = run(submit_group(owner=user, probe=group((0, 0), (0, 2))))

    named, other = sorted(row.named_faces, key=lambda face: -face["similarity"])
    assert (named["outcome"], named["name"], named["taken"]) == ("match", "Person 0", False)
    # Nothing is denied of a face that is most probably the one named.
    assert (other["outcome"], other["name"], other["taken"]) == ("inconclusive", "Person 0", True)
    assert other["probability"] > 0.5


def test_a_photo_without_a_face_and_a_gallery_without_anyone_are_refused(user, stranger):
    ada = known(user, 0)[0]
    assert run(submit_group(owner=user, probe=no_face())).refusal_code == "no_face_found"

    row = submit_group(owner=user, probe=make_face(0))
    gallery.person_delete(person=ada)
    assert run(row).refusal_code == "gallery_empty"
