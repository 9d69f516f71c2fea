"""The photos of a person: upload, states, delete, cover, choose a face, move"""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.support.people import anchor, person, upload, words
from verification import engine
from verification.jobs.storage import bytes_stored
from verification.models import Anchor, Change, Person
from verification.photos.storage import private_files

pytestmark = pytest.mark.django_db


@pytest.fixture
def ada(user):
    return person(user, "Ada")


def page_of(name: str, row, *more) -> str:
    return reverse(name, args=[row.pk, *more])


def add(client, person, *files, script: bool = False, **options):
    headers = {"headers": {"accept": "application/json"}} if script else {}
    return client.post(page_of("photos_add", person), {"photos": files}, **headers, **options)


def test_several_photos_are_added_at_once_without_a_script(owner, ada):
    answer = add(
        owner,
        ada,
        upload(1),
        upload(2),
        upload(1),
        upload(name="notes.txt", data=b"x"),
        follow=True,
    )

    page = words(answer)
    assert "2 photos added." in page
    assert "Ada already has 1 photo." in page
    assert "notes.txt: " in page
    assert ada.anchors.count() == 2


def test_photos_that_come_together_are_stored_together(owner, ada, user, monkeypatch):
    monkeypatch.setattr("verification.jobs.storage.quota_bytes", lambda **_: 10**9)
    sent: list[bool] = []
    monkeypatch.setattr(
        "verification.gallery.adding_many.enqueue", lambda _row, *, later: sent.append(later)
    )

    with CaptureQueriesContext(connection) as few:
        add(owner, ada, *(upload(n) for n in range(3)))
    with CaptureQueriesContext(connection) as many:
        add(owner, ada, *(upload(n) for n in range(10, 31)))

    assert ada.anchors.count() == 24
    assert Person.objects.get().anchor_count == 24
    per_photo = 3  # whether the person has it already, and two of a transaction of the tests
    assert len(many) - len(few) <= 18 * per_photo
    # Nobody waits for one of very many: a message stands for several of them.
    assert [row.is_bulk for row in ada.anchors.order_by("created_at", "id")] == [False] * 3 + [
        True
    ] * 21
    # The first is looked at at once, the others after comparisons.
    assert sent == [False, True, True, False, True]


def test_of_several_photos_the_one_for_which_there_is_no_room_is_refused(owner, ada, monkeypatch):
    size = len(engine.sanitize(upload(1).read()))
    quota = bytes_stored(owner_id=ada.owner_id) + int(1.5 * size)
    monkeypatch.setattr("verification.jobs.storage.quota_bytes", lambda **_: quota)

    answer = add(owner, ada, upload(1), upload(2), script=True)

    assert len(answer.json()["html"]) == len(answer.json()["errors"]) == 1
    assert ada.anchors.count() == 1
    assert {name.split("/")[2] for name in private_files().names(f"anchors/{ada.owner_id}")} == {
        str(ada.anchors.get().pk)
    }


def test_photos_of_somebody_who_is_deleted_while_they_are_read_are_not_stored(
    owner, ada, monkeypatch
):
    def sanitize(data: bytes) -> bytes:
        Person.objects.all().delete()
        return data

    monkeypatch.setattr(engine, "sanitize", sanitize)

    answer = add(owner, ada, upload(1), upload(2), script=True)

    assert (answer.status_code, len(answer.json()["errors"])) == (422, 2)
    assert not Anchor.objects.exists()
    assert not list(private_files().names(f"anchors/{ada.owner_id}"))


def test_a_page_costs_as_many_queries_for_twenty_photos_as_for_two(
    owner, ada, django_assert_max_num_queries
):
    def fill(seeds) -> None:
        for seed in seeds:
            anchor(ada, seed=seed, likeness="unlike")

    fill(range(1, 3))
    with django_assert_max_num_queries(10) as two:
        owner.get(page_of("person", ada))
    fill(range(3, 21))
    with django_assert_max_num_queries(len(two)):
        assert words(owner.get(page_of("person", ada))).count("Looks like somebody else.") == 20


def test_a_script_gets_the_card_of_a_photo(owner, ada):
    answer = add(owner, ada, upload(1, name="a<b>.jpg"), script=True)

    assert answer.status_code == 201
    row = ada.anchors.get()
    (card,) = answer.json()["html"]
    assert f'id="photo-{row.pk}"' in card
    assert "Looking for the face" in card
    assert "a&lt;b&gt;.jpg" in card

    again = add(owner, ada, upload(1), script=True)
    assert (again.status_code, again.json()) == (200, {"html": [], "again": 1, "errors": []})


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"not a photo", "These formats work"),
        (b"", "empty"),
        (b"\xff" * (engine.MAX_BYTES + 1), "The file is larger than 20 MB."),
    ],
    ids=["text", "empty", "large"],
)
def test_a_file_that_is_no_photo_is_refused_with_the_way_out(owner, ada, data, says):
    answer = add(owner, ada, upload(data=data), script=True)

    assert answer.status_code == 422
    (told,) = answer.json()["errors"]
    assert says in told
    assert not Anchor.objects.exists()


def test_no_file_is_told(owner, ada):
    assert "Choose at least one photo." in words(add(owner, ada, follow=True))


def test_each_state_says_what_it_means_and_what_to_do(owner, ada):
    anchor(ada, "ready", seed=1)
    anchor(ada, "ready", seed=2, quality=0.5, face=_with(sharpness=0.004))
    anchor(ada, "refused", seed=3)
    anchor(ada, "several", seed=4)
    anchor(ada, "failed", seed=5)
    anchor(ada, "pending", seed=6)
    page = words(owner.get(page_of("person", ada)))

    assert "Cover" in page
    assert "Usable Use a sharper photo" in page
    assert "No face was found in the photo. Use a photo that shows one face" in page
    assert "The photo shows 2 faces. Choose one of them. Choose the face" in page
    assert "The fault is on our side. The photo is stored. Try again" in page
    assert "Looking for the face" in page
    assert "No worker is running at the moment." in page


def _with(**quality) -> dict:
    from tests.support.found_faces import compared

    return compared(**quality)


def test_what_a_page_shows_as_waiting_is_told_when_it_is_finished(owner, user, ada):
    ready, waiting = anchor(ada, seed=1), anchor(ada, "pending", seed=2)
    gone = "00000000-0000-4000-8000-000000000000"
    answer = owner.post(
        page_of("photos_fresh", ada), {"pending": [ready.pk, waiting.pk, gone, "nonsense"]}
    )

    html = answer.content.decode()
    assert f'id="photo-{ready.pk}" hx-swap-oob="true"' in html
    assert f'id="photo-{waiting.pk}"' not in html
    assert f'id="photo-{gone}" hx-swap-oob="delete"' in html
    assert "hx-trigger" in html  # there is one left to ask for
    assert "1 photo ready." in html
    Anchor.objects.filter(pk=waiting.pk).delete()
    assert "hx-trigger" not in owner.post(page_of("photos_fresh", ada)).content.decode()


def test_selected_photos_are_deleted(owner, ada):
    rows = [anchor(ada, seed=seed) for seed in (1, 2, 3)]
    data = {"ids": [row.pk for row in rows[:2]], "action": "delete"}
    answer = owner.post(page_of("photos_selected", ada), data, follow=True)

    assert "2 photos deleted." in words(answer)
    assert [row.pk for row in ada.anchors.all()] == [rows[2].pk]
    again = owner.post(page_of("photos_selected", ada), data, follow=True)
    assert "Select at least one photo first." in words(again)


def test_selected_photos_are_given_to_another(owner, user, ada):
    bea = person(user, "Bea")
    rows = [anchor(ada, seed=seed) for seed in (1, 2)]
    ids = {"ids": [rows[0].pk]}
    choose = owner.post(page_of("photos_selected", ada), ids | {"action": "move"}, follow=True)

    assert "Who is in this photo?" in words(choose)
    assert str(bea.pk) in choose.content.decode()
    answer = owner.post(page_of("photos_move", ada), ids | {"person": bea.pk}, follow=True)
    assert "One photo moved from Ada to Bea. Undo" in words(answer)
    assert Anchor.objects.get(pk=rows[0].pk).person == bea
    stale = owner.post(page_of("photos_move", ada), ids | {"person": bea.pk}, follow=True)
    assert "These photos have moved in the meantime" in words(stale)


def test_selected_photos_become_a_new_person(owner, ada):
    rows = [anchor(ada, seed=seed) for seed in (1, 2)]
    ids = {"ids": [rows[0].pk]}

    answer = owner.post(page_of("photos_move", ada), ids | {"name": "  "})
    assert answer.status_code == 422
    assert "Give a name" in words(answer)
    assert Person.objects.count() == 1

    answer = owner.post(page_of("photos_move", ada), ids | {"name": "Bea"}, follow=True)
    bea = Person.objects.get(name="Bea")
    assert list(bea.anchors.values_list("pk", flat=True)) == [rows[0].pk]
    assert answer.redirect_chain[-1][0] == page_of("person", bea)


def test_a_photo_that_the_other_has_already_is_not_moved(owner, user, ada):
    bea = person(user, "Bea")
    anchor(bea, seed=1)
    row = anchor(ada, seed=1)
    data = {"ids": [row.pk], "person": bea.pk}
    answer = owner.post(page_of("photos_move", ada), data, follow=True)

    assert "Bea already has this photo." in words(answer)
    assert Anchor.objects.get(pk=row.pk).person == ada


def test_of_several_photos_those_that_the_other_lacks_are_moved_in_one_change(owner, user, ada):
    bea = person(user, "Bea")
    anchor(bea, seed=1)
    rows = [anchor(ada, seed=seed) for seed in (1, 2, 3)]
    data = {"ids": [row.pk for row in rows], "person": bea.pk}

    page = words(owner.post(page_of("photos_move", ada), data, follow=True))

    assert "2 photos moved from Ada to Bea. Undo" in page
    assert "1 photo stayed: Bea already has the same." in page
    assert list(ada.anchors.all()) == rows[:1]
    assert Change.objects.count() == 1


def test_a_photo_has_a_page_with_its_faces(owner, ada):
    row = anchor(ada, "several")
    answer = owner.get(page_of("photo", row))

    assert "Which face is Ada?" in words(answer)
    assert answer.content.decode().count("face__box") == 2
    assert "Use face 2" in words(answer)

    owner.post(page_of("photo_do", row, "face"), {"face_index": "1"})
    row.refresh_from_db()
    assert (row.state, row.face_index) == ("pending", 1)


@pytest.mark.parametrize("index", ["", "x", "7"])
def test_a_face_that_is_not_there_is_not_chosen(owner, ada, index):
    row = anchor(ada, "several")
    answer = owner.post(page_of("photo_do", row, "face"), {"face_index": index}, follow=True)

    assert "Choose one of the" in words(answer)
    row.refresh_from_db()
    assert row.state == "refused"


def test_cover_retry_and_delete(owner, ada):
    first, second = anchor(ada, seed=1), anchor(ada, seed=2)
    lost = anchor(ada, "failed", seed=3)

    owner.post(page_of("photo_do", second, "cover"))
    ada.refresh_from_db()
    assert ada.cover_id == second.pk
    refused = owner.post(page_of("photo_do", lost, "cover"), follow=True)
    assert "Choose a photo of this person that is ready." in words(refused)

    owner.post(page_of("photo_do", lost, "retry"))
    assert Anchor.objects.get(pk=lost.pk).state == "pending"

    answer = owner.post(page_of("photo_do", second, "delete"), follow=True)
    assert "One photo of Ada deleted. Undo" in words(answer)
    ada.refresh_from_db()
    assert (ada.cover_id, ada.anchors.count()) == (first.pk, 2)
    assert owner.post(page_of("photo_do", first, "nonsense")).status_code == 404


def test_the_owner_sees_photo_and_crop_and_no_browser_shares_them(owner, ada):
    row = anchor(ada)
    for which in ("image", "crop"):
        answer = owner.get(page_of("photo_image", row, which))
        assert answer["Content-Type"] == "image/jpeg"
        assert "private" in answer["Cache-Control"]
    assert owner.get(page_of("photo_image", row, "embedding")).status_code == 404


def test_a_stranger_adds_moves_and_deletes_nothing(other, anonymous, stranger, ada):
    row, theirs = anchor(ada), person(stranger, "Theirs")
    data = {"ids": [row.pk], "action": "delete", "person": theirs.pk}
    for name in ("photos_selected", "photos_move", "photos_fresh"):
        assert other.post(page_of(name, ada), data).status_code == 404
        assert other.post(page_of(name, theirs), data).status_code in (200, 302)
        assert anonymous.post(page_of(name, ada), data).status_code == 302
    assert add(other, ada, upload(5)).status_code == 404
    assert add(anonymous, ada, upload(5)).status_code == 302
    assert list(Anchor.objects.values_list("pk", "person")) == [(row.pk, ada.pk)]


def test_a_photo_is_not_given_to_somebody_elses_person(owner, stranger, ada):
    row, theirs = anchor(ada), person(stranger, "Theirs")
    answer = owner.post(page_of("photos_move", ada), {"ids": [row.pk], "person": theirs.pk})

    assert answer.status_code == 404
    assert Anchor.objects.get().person == ada
