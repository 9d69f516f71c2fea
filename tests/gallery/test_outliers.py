"""What a worker says of a person: photos of somebody else, and people who are the same."""

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext

from tests.support.embedded import add, known
from tests.support.faces import make_face
from tests.support.present import present
from verification.gallery import outliers as looks
from verification.gallery import selectors, services
from verification.models import Person, Suggestion
from verification.worker import tasks

pytestmark = pytest.mark.django_db


def checked(*people: Person) -> None:
    for person in people:
        tasks.check_person(str(person.pk))


def outliers(user, person) -> list:
    return selectors.person_warnings(owner=user, person=person).outliers


def pairs(user) -> set:
    found = selectors.duplicate_suggestions(owner=user)
    return {frozenset((pair.first, pair.second)) for pair in found}


def test_a_photo_of_somebody_else_is_marked_until_it_goes(user):
    ada, bea = known(user, 1, photos=3), known(user, 2, photos=1, name="Bea")
    checked(ada)
    assert outliers(user, ada) == []

    wrong = add(ada, make_face(2, 1))
    checked(ada)

    assert outliers(user, ada) == [wrong]
    assert vars(selectors.person_get(owner=user, id=ada.pk))["unlike_count"] == 1
    services.anchor_move(anchor=wrong, person=bea)
    checked(ada, bea)
    assert outliers(user, ada) == outliers(user, bea) == []


def test_of_two_photos_of_two_people_both_are_marked(user):
    ada = known(user, 1, photos=1)
    add(ada, make_face(2))

    checked(ada)

    assert len(outliers(user, ada)) == 2


def test_a_photo_that_the_owner_confirmed_is_not_marked_again(user):
    ada = known(user, 1, photos=3)
    strange = add(ada, make_face(2))
    checked(ada)

    services.anchor_confirm(anchor=strange)
    add(ada, make_face(1, 7))
    checked(ada)

    assert outliers(user, ada) == []


def test_the_same_person_under_two_names_is_suggested_once(user, stranger):
    ada, twin, bea = known(user, 1), known(user, 1, name="Ada L."), known(user, 2, name="Bea")
    known(stranger, 1)

    checked(ada, twin, bea)

    assert pairs(user) == {frozenset((ada, twin))}
    assert pairs(stranger) == set()
    assert [each.other for each in selectors.person_warnings(owner=user, person=ada).same] == [twin]
    assert selectors.person_warnings(owner=user, person=bea).same == []


def test_a_suggestion_dismissed_stays_dismissed(user):
    ada, twin = known(user, 1), known(user, 1, name="Ada L.")
    checked(ada)
    services.suggestion_dismiss(suggestion=Suggestion.objects.get())

    add(ada, make_face(1, 7))
    checked(ada, twin)

    assert pairs(user) == set()
    assert Suggestion.objects.count() == 1


def test_a_suggestion_goes_with_what_made_it(user):
    ada, twin = known(user, 1), known(user, 1, photos=1, name="Ada L.")
    checked(ada)
    services.anchor_delete(anchor=present(twin.cover))
    add(twin, make_face(2))

    checked(twin)

    assert pairs(user) == set()
    assert not Suggestion.objects.exists()


def test_a_deleted_person_is_not_suggested_until_undone(user):
    ada, twin = known(user, 1), known(user, 1, name="Ada L.")
    checked(ada)

    change = services.person_delete(person=twin)
    assert pairs(user) == set()
    services.change_undo(owner=user, change_id=change.pk)

    assert pairs(user) == {frozenset((ada, twin))}


def test_every_change_of_anchors_queues_one_look_and_a_second_look_does_nothing(
    user, monkeypatch, django_capture_on_commit_callbacks
):
    ada = known(user, 1, photos=1)
    checked(ada)
    queued = []
    monkeypatch.setattr("verification.gallery.locks.send", lambda *call: queued.append(call))

    with django_capture_on_commit_callbacks(execute=True):
        add(ada, make_face(1, 1))

    assert queued == [("verification.check_person", ada.pk)]
    ada.refresh_from_db()
    assert ada.version == ada.checked_version + 1
    checked(ada)
    ada.refresh_from_db()
    assert ada.version == ada.checked_version


@pytest.fixture
def queued(monkeypatch) -> list[list]:
    """The people of each message that the sweep sends."""
    found: list[list] = []

    def send_people(ids: list) -> bool:
        found.append(ids)
        return True

    monkeypatch.setattr(looks, "send_people", send_people)
    return found


def test_a_look_that_the_queue_lost_is_queued_again(user, settings, queued):
    settings.FACEVERIFY_REQUEUE_SECONDS = 0
    ada, _bea = known(user, 1, photos=1), services.person_create(owner=user, name="Bea")

    assert looks.resend_unchecked() == 1
    assert queued == [[ada.pk]]
    checked(ada)
    assert looks.resend_unchecked() == 0


def test_people_who_came_together_are_looked_at_together(
    user, stranger, settings, queued, monkeypatch
):
    settings.FACEVERIFY_REQUEUE_SECONDS = 0
    monkeypatch.setattr(looks, "PHOTOS_AT_ONCE", 8)
    ada, twin = known(user, 1, photos=3), known(user, 1, name="Ada L.")
    other, bea = add(ada, make_face(2)), known(user, 2, photos=1, name="Bea")
    cid, many = known(stranger, 3, photos=1), known(user, 4, photos=9, name="Many")

    assert looks.resend_unchecked() == 5
    assert sorted(map(len, queued)) in ([1, 1, 1, 2], [1, 1, 3])
    assert [many.pk] in queued and [cid.pk] in queued

    tasks.check_people([str(ada.pk), str(twin.pk), str(bea.pk)])

    assert outliers(user, ada) == [other]
    assert pairs(user) == {frozenset((ada, twin))}
    settings.FACEVERIFY_REQUEUE_SECONDS = 0
    assert looks.resend_unchecked() == 2
    services.anchor_delete(anchor=other)
    services.person_delete(person=twin)
    tasks.check_people([str(ada.pk), str(bea.pk)])
    assert outliers(user, ada) == []
    assert pairs(user) == set()


def test_only_the_search_for_each_takes_statements_of_its_own(user, settings):
    def statements(people: list[Person]) -> int:
        with CaptureQueriesContext(connection) as told:
            tasks.check_people([str(person.pk) for person in people])
        return len(told)

    people = [known(user, n, photos=2, name=f"Person {n}") for n in range(1, 7)]
    statements(people[:1])  # what is read once

    few, many = statements(people[1:3]), statements(people[3:])

    # PostgreSQL is asked who is near, and for their embeddings; a worker's memory is not asked by statements.
    assert many - few == (6 if settings.FACEVERIFY_SEARCH == "pgvector" else 0)
    assert not Person.objects.exclude(checked_version=F("version")).exists()


def test_warnings_of_a_person_take_two_queries(user, django_assert_num_queries):
    ada = known(user, 1, photos=2)
    known(user, 1, name="Ada L.")
    add(ada, make_face(2))
    checked(ada)

    with django_assert_num_queries(2):
        found = selectors.person_warnings(owner=user, person=ada)
        assert [present(anchor.person).name for anchor in found.outliers]
        assert [each.other.name for each in found.same]
