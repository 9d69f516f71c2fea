"""What is done with more people than are changed while somebody waits."""

from unittest import mock

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from tests.support.people import anchor, person
from tests.support.present import present
from tests.support.rows import verification
from tests.support.teams import member, shared
from verification.bulk_changes import services, worker
from verification.gallery.galleries import create_gallery
from verification.gallery.selection import Chosen
from verification.gallery.undo import changes_prune
from verification.jobs import recovery
from verification.models import Anchor, BulkChange, Change, Person, Receipt
from verification.retention.people import person_erase
from verification.worker.tasks import change_many

pytestmark = pytest.mark.django_db


@pytest.fixture
def crowd(user) -> list[Person]:
    return [person(user, f"Guest {n}") for n in range(7)]


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch):
    """Six people are more than are changed at once; three are a portion."""
    monkeypatch.setattr(services, "AT_ONCE", dict.fromkeys((*services.AT_ONCE,), 5))
    doing = {action: (do, min(3, size)) for action, (do, size) in worker.DOES.items()}
    monkeypatch.setattr(worker, "DOES", doing)


def order(user, action: str, **more) -> BulkChange:
    return services.bulk_change_order(
        owner=user, chosen=more.pop("chosen", Chosen(everyone=True)), action=action, **more
    )


def run(job: BulkChange) -> BulkChange:
    change_many(str(job.pk))
    job.refresh_from_db()
    return job


def send(client, action: str, **more):
    data = {"action": action, "everyone": "yes", **more}
    return client.post(reverse("people_selected"), data, follow=True)


def names() -> list[str]:
    return sorted(Person.objects.values_list("name", flat=True))


# From the page to the end


def test_many_are_asked_for_then_deleted_by_a_worker_and_brought_back(user, crowd, owner):
    anchor(crowd[0])
    verdict = verification(user, "done", kind="person", person=crowd[1], person_name="Guest 1")

    asked = send(owner, "delete", q="guest")
    assert "Delete 7 people" in asked.content.decode()
    ordered = send(owner, "delete", q="guest", confirmed="7")
    assert "0 of 7 people done" in ordered.content.decode()
    assert Person.objects.count() == 7

    job = run(BulkChange.objects.get())
    assert (job.state, job.changed, job.done, bytes(job.ids)) == ("done", 7, 7, b"")
    assert not Person.objects.exists()
    assert not Anchor.objects.exists()
    verdict.refresh_from_db()
    assert verdict.person_id is None
    assert "Look or undo" in owner.get(reverse("changes")).content.decode()

    owner.post(reverse("bulk_change_do", args=[job.pk, "undo"]))
    job = run(job)
    assert (job.state, job.undone, job.left_count) == ("done", 7, 0)
    assert Person.objects.count() == 7
    assert Anchor.objects.get().person_id == crowd[0].pk
    verdict.refresh_from_db()
    assert verdict.person_id == crowd[1].pk


def test_another_number_than_was_asked_about_is_asked_again(user, crowd, owner):
    send(owner, "tag", label="staff")
    person(user, "Late")

    answer = send(owner, "tag", label="staff", confirmed="7")

    assert "It is another number of people by now." in answer.content.decode()
    assert not BulkChange.objects.exists()


def test_who_is_added_after_the_order_is_not_meant(user, crowd):
    job = order(user, "tag", tag="staff")
    person(user, "Late")

    run(job)

    assert Person.objects.filter(tags=["staff"]).count() == 7


def test_few_are_still_changed_at_once(crowd, owner):
    send(owner, "tag", label="staff", q="Guest 1")

    assert Person.objects.get(tags=["staff"]).name == "Guest 1"
    assert not BulkChange.objects.exists()


# Each of what can be done


def test_a_tag_is_given_and_taken_and_whoever_is_full_is_named(user, crowd, owner):
    Person.objects.filter(pk=crowd[3].pk).update(tags=[str(n) for n in range(20)])

    job = run(order(user, "tag", tag="staff"))
    assert (job.changed, job.left_count) == (6, 1)
    page = owner.get(reverse("bulk_change", args=[job.pk])).content.decode()
    assert "Guest 3" in page
    assert "has as many tags as there can be" in page

    assert (
        run(order(user, "untag", tag="staff", chosen=Chosen(everyone=True, tag="staff"))).changed
        == 6
    )
    assert not Person.objects.filter(tags=["staff"]).exists()


def test_people_are_moved_and_who_is_there_by_the_same_id_stays(user, crowd):
    to = create_gallery(owner=user, name="Door")
    Person.objects.filter(pk=crowd[4].pk).update(external_id="E1")
    Person.objects.create(owner=user, gallery=to, name="There", external_id="E1")
    chosen = Chosen(everyone=True, gallery=crowd[0].gallery)

    job = run(order(user, "move", to=to, chosen=chosen))

    assert (job.changed, job.left) == (6, [{"person": str(crowd[4].pk), "why": "taken"}])
    assert Person.objects.filter(gallery=to).count() == 7


def test_copying_stops_where_there_is_no_room_and_goes_on_later(user, crowd, owner):
    for row in crowd:
        anchor(row)
    to = create_gallery(owner=user, name="Door")
    Anchor.objects.update(image_bytes=200_000)
    user.quota_megabytes = 1
    user.save()
    chosen = Chosen(everyone=True, gallery=crowd[0].gallery)

    job = run(order(user, "copy", to=to, chosen=chosen))
    assert (job.state, job.refusal_code) == ("refused", "quota_exceeded")

    user.quota_megabytes = None
    user.save()
    owner.post(reverse("bulk_change_do", args=[job.pk, "retry"]))
    job = run(job)
    assert (job.state, job.changed) == ("done", 7)
    assert Anchor.objects.filter(gallery=to).count() == 7


def test_a_consent_is_recorded_with_all_and_the_rest_stays(user, crowd, owner):
    Person.objects.filter(pk=crowd[0].pk).update(consent_for="the door")

    bad = send(owner, "consent", confirmed="7", consent_at="2026-02-01", consent_until="2026-01-01")
    assert "Choose a day that is not before the consent." in bad.content.decode()

    send(owner, "consent", confirmed="7", consent_until="2027-01-31")
    run(BulkChange.objects.get())

    rows = Person.objects.order_by("name").values_list("consent_until", "consent_for")
    assert {str(day) for day, _for in rows} == {"2027-01-31"}
    assert rows[0][1] == "the door"


def test_erasing_gives_one_receipt_and_asks_for_the_number(user, crowd, owner):
    anchor(crowd[0])
    wrong = send(owner, "erase", confirmed="7", typed="6")
    assert "Type the number of people as it is above." in wrong.content.decode()

    send(owner, "erase", confirmed="7", typed="7")
    job = run(BulkChange.objects.get())

    receipt = Receipt.objects.get(pk=present(job.receipt))
    assert (receipt.counts["people"], receipt.counts["anchors"]) == (7, 1)
    assert not Person.all_objects.exists()


# Killed, stopped, too late


@pytest.mark.parametrize("action", ["tag", "delete"])
def test_after_a_kill_it_goes_on_where_it_was_and_does_nothing_twice(user, crowd, action):
    do, size = worker.DOES[worker.Action(action)]
    portions = []

    def killed(job, people):
        outcome = do(job, people)
        portions.append([row.pk for row in people])
        if len(portions) == 2:
            raise SystemExit  # as by a signal, before the portion is committed
        return outcome

    job = order(user, action, tag="staff")
    with mock.patch.dict(worker.DOES, {worker.Action(action): (killed, size)}):
        with pytest.raises(SystemExit):
            change_many(str(job.pk))
        job.refresh_from_db()
        assert (job.state, job.done, job.changed) == ("running", 3, 3)
        recovery.release_rows(BulkChange.objects.filter(pk=job.pk), "worker_lost")
        run(job)

    assert (job.state, job.changed) == ("done", 7)
    assert portions[1] == portions[2]
    assert sum(map(len, portions)) == 7 + 3


def test_it_can_be_stopped_and_what_is_done_can_be_undone(user, crowd, owner):
    job, portion = order(user, "delete"), worker._portion

    def then_stopped(claim, ids, do):
        portion(claim, ids, do)
        owner.post(reverse("bulk_change_do", args=[job.pk, "stop"]))

    with mock.patch.object(worker, "_portion", then_stopped):
        run(job)

    assert (job.state, job.is_stopped, job.changed) == ("done", True, 3)
    assert Person.objects.count() == 4
    assert "Undo" in owner.get(reverse("bulk_change", args=[job.pk])).content.decode()


def test_what_can_still_be_undone_is_not_erased_and_later_it_is(user, crowd, settings):
    job = run(order(user, "delete"))
    assert changes_prune() == 0

    settings.FACEVERIFY_UNDO_MINUTES = 0
    BulkChange.objects.filter(pk=job.pk).update(state="pending", finished_at=None)
    assert changes_prune() == 0  # while it is under way

    BulkChange.objects.filter(pk=job.pk).update(state="done", finished_at=job.finished_at)
    assert changes_prune() == 3
    assert not Person.all_objects.exists()
    assert not BulkChange.objects.get().can_undo


def test_one_of_them_is_erased_and_the_others_can_be_brought_back(user, crowd):
    job = run(order(user, "delete"))
    person_erase(person=Person.all_objects.get(pk=crowd[2].pk))
    services.bulk_change_undo(job=job)
    run(job)

    assert names() == [f"Guest {n}" for n in range(7) if n != 2]


def test_whoever_took_an_external_id_meanwhile_keeps_it(user, crowd):
    Person.objects.filter(pk=crowd[5].pk).update(external_id="E5")
    job = run(order(user, "delete"))
    Person.objects.create(owner=user, gallery=crowd[0].gallery, name="New", external_id="E5")

    services.bulk_change_undo(job=job)
    run(job)

    assert (job.undone, job.left_count) == (6, 1)
    assert "Guest 5" not in names()


def test_a_change_that_goes_while_others_are_undone_lets_nobody_be_left_out(user, crowd):
    job = run(order(user, "delete"))
    services.bulk_change_undo(job=job)
    step = worker._undo_step

    def then_it_is_gone(claim):
        step(claim)
        Change.objects.exclude(undone_at=None).delete()  # as with its gallery

    with mock.patch.object(worker, "_undo_step", then_it_is_gone):
        run(job)

    assert names() == [f"Guest {n}" for n in range(7)]
    assert (job.state, job.undone) == ("done", 7)


# Who may, and what is written down


def test_whoever_may_not_any_more_changes_nobody(user, stranger, crowd):
    team = shared(user)
    Person.objects.update(gallery=team)
    seat = member(team, stranger, "editor")
    job = order(stranger, "delete", chosen=Chosen(everyone=True, gallery=team))
    seat.delete()

    run(job)

    assert (job.state, job.changed) == ("done", 0)
    assert Person.objects.count() == 7


def test_the_log_has_one_line_for_all(user, crowd):
    run(order(user, "delete"))

    lines = AuditEntry.objects.filter(account=user.pk)
    assert [(line.object_kind, line.detail["people"]) for line in lines] == [("bulkchange", 7)]


@pytest.mark.parametrize("action", ["stop", "undo", "retry", "delete"])
def test_a_stranger_finds_nothing(user, crowd, other, action):
    job = order(user, "delete")

    assert other.get(reverse("bulk_change", args=[job.pk])).status_code == 404
    assert other.post(reverse("bulk_change_do", args=[job.pk, action])).status_code == 404
    assert BulkChange.objects.get().state == "pending"


# By the API


def test_a_program_gets_the_order_and_follows_it(api, crowd):
    url = "/api/v1/people/selection/"
    answer = api.post(url, {"action": "delete", "everyone": {}}, format="json")
    assert answer.status_code == 202
    job = answer.json()["bulk_change"]
    assert (job["state"], job["total"]) == ("pending", 7)

    run(BulkChange.objects.get())
    at = f"/api/v1/bulk_changes/{job['id']}/"
    assert api.get(at).json()["changed"] == 7
    assert api.post(f"{at}undo/").status_code == 202
    run(BulkChange.objects.get())

    assert api.get(at).json()["undone"] == 7
    assert Change.objects.filter(undone_at=None).count() == 0
    assert api.post(f"{at}stop/").status_code == 409
    assert api.delete(at).status_code == 204


def test_a_program_moves_copies_and_records_a_consent(api, user, crowd):
    to = create_gallery(owner=user, name="Door")
    url = "/api/v1/people/selection/"
    ids = [str(row.pk) for row in crowd[:2]]

    api.post(url, {"action": "move", "people": ids, "to": str(to.pk)}, format="json")
    assert Person.objects.filter(gallery=to).count() == 2
    answer = api.post(
        url,
        {"action": "consent", "everyone": {"gallery": str(to.pk)}, "consent": {"consent_for": "x"}},
        format="json",
    )
    assert answer.status_code == 202, answer.content
    run(BulkChange.objects.get())
    assert Person.objects.filter(consent_for="x").count() == 2
