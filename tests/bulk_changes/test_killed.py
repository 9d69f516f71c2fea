"""Whoever changes many people is killed at each place of a portion, and others change them meanwhile, on
PostgreSQL: nothing is done twice, nothing is left out, and undo brings everybody back."""

import json
from collections.abc import Iterator

import pytest

from tests.support.servers import Site, postgres_server, site

pytestmark = [pytest.mark.server, pytest.mark.postgres]

PEOPLE, PORTIONS = 19, 7  # enough that each kill but those at the end meets a second portion
PREPARE = f"""
import json, os, signal, threading, time
from collections import Counter
from django.core.files.storage import storages
from django.db import connections
from accounts.models import User
from tests.support.people import anchor, person
from verification.bulk_changes import services, worker
from verification.gallery.galleries import create_gallery
from verification.gallery.selection import Chosen
from verification.jobs import files, recovery
from verification.jobs.signals import prune
from verification.models import Anchor, BulkChange, Change, Erased, Gallery, Person, Receipt
from verification.upkeep import integrity
from verification.worker.tasks import change_many
from datetime import date, timedelta

DOES = {{action: (do, min(3, size)) for action, (do, size) in worker.DOES.items()}}
worker.DOES = DOES
owner, _made = User.objects.get_or_create(email="owner@example.org")

def filled():
    "People, each with a photo, in a gallery of their own, and an empty one."
    Gallery.objects.filter(owner=owner).delete()
    BulkChange.objects.all().delete()
    crowd, to = (create_gallery(owner=owner, name=name) for name in ("Crowd", "Door"))
    for number in range({PEOPLE}):
        anchor(person(owner, f"Guest {{number}}", gallery=crowd), seed=number)
    list(integrity.check(fix=True))  # the size of each crop, which these have not
    return crowd, to

def order(action, crowd, to=None, **more):
    return services.bulk_change_order(
        owner=owner, chosen=Chosen(everyone=True, gallery=crowd), action=action, tag="staff", to=to,
        consent={{"consent_for": "the door"}}, **more
    )

def fork(work):
    "Do this in a process of its own; its id."
    connections.close_all()
    pid = os.fork()
    if not pid:
        status = 1
        try:
            work()
            status = 0
        finally:
            os._exit(status)
    return pid

def run(job):
    while not job.is_finished:
        change_many(str(job.pk))
        job.refresh_from_db()
    return job
"""
# A portion is carried out, its progress written down, both committed, and counted; then the order ends.
KILL = """
def die():
    os.kill(os.getpid(), signal.SIGKILL)

def then_die(work):
    def done(*args, **named):
        result = work(*args, **named)
        die()
        return result
    return done

def first_die(work):
    def done(*args, **named):
        die()
    return done

def killed_at(place, action):
    "What the process runs until it is killed there, in its second portion or at its end."
    portions = 0

    def second(work, how):
        def done(*args, **named):
            nonlocal portions
            portions += 1
            return (how(work) if portions == 2 else work)(*args, **named)
        return done

    if place == "carried out":
        do, size = DOES[action]
        worker.DOES = DOES | {action: (second(do, then_die), size)}
        worker._put_back = second(worker._put_back, then_die)
    elif place == "to be written down":
        worker.renew = second(worker.renew, first_die)
    elif place == "written down":
        worker.renew = second(worker.renew, then_die)
    elif place == "committed":
        noted = worker._noted
        worker._noted = second(noted, lambda work: lambda *a, **n: (work(*a, **n), die)[1])
    elif place == "to be ended":
        worker.ending_of = first_die(worker.ending_of)
    elif place == "ended, not committed":
        worker.Claim.end = then_die(worker.Claim.end)

PLACES = ("carried out", "to be written down", "written down", "committed", "to be ended",
          "ended, not committed")

def killed_everywhere(job, action):
    "Carry it out, with a kill at each place; how many there were."
    killed = 0
    for place in PLACES:
        pid = fork(lambda: (killed_at(place, action), change_many(str(job.pk))))
        killed += os.WIFSIGNALED(os.waitpid(pid, 0)[1])
        recovery.release_rows(BulkChange.objects.filter(pk=job.pk), "worker_lost")
        job.refresh_from_db()
        assert not job.is_finished, place
    run(job)
    return killed
"""
LOOK = """
def look(job):
    job.refresh_from_db()
    files.SAFE_AGE = integrity.SAFE_AGE = timedelta(0)
    for _receiver, result in prune.send_robust(sender=None):
        assert isinstance(result, dict), result
    everyone = Person.objects.filter(owner=owner)
    receipts = Receipt.objects.filter(pk=job.receipt)
    return {
        "state": job.state, "done": job.done, "changed": job.changed, "undone": job.undone,
        "left": job.left_count,
        "in crowd": everyone.filter(gallery=crowd).count(),
        "in door": everyone.filter(gallery=to).count(),
        "photos": Anchor.objects.filter(owner=owner, person__in=everyone).count(),
        "with tag": everyone.filter(tags=["staff"]).count(),
        "consenting": everyone.filter(consent_for="the door").count(),
        "receipts": [[each.counts.get("people"), each.counts.get("anchors")] for each in receipts],
        "faults": Counter(found.kind for found in integrity.check()),
    }
"""
UNTOUCHED: dict[str, object] = {
    "state": "done", "done": PEOPLE, "changed": PEOPLE, "undone": 0, "left": 0, "in crowd": PEOPLE,
    "in door": 0, "photos": PEOPLE, "with tag": 0, "consenting": 0, "receipts": [], "faults": {},
}  # fmt: skip
AFTER: dict[str, dict[str, object]] = {
    "tag": {"with tag": PEOPLE},
    "consent": {"consenting": PEOPLE},
    "move": {"in crowd": 0, "in door": PEOPLE},
    "copy": {"in door": PEOPLE, "photos": 2 * PEOPLE},
    "delete": {"in crowd": 0, "photos": 0},
    "erase": {"in crowd": 0, "photos": 0, "receipts": [[PEOPLE, PEOPLE]]},
}


@pytest.fixture(scope="module")
def place(tmp_path_factory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("killed")
    with postgres_server() as url, site(home, DATABASE_URL=url) as place:
        yield place


def told(place: Site, *code: str) -> dict:
    return json.loads(place.ask("\n".join((PREPARE, LOOK, *code))).splitlines()[-1])


@pytest.mark.parametrize("action", AFTER)
def test_a_kill_at_each_place_neither_repeats_nor_omits_anybody(place, action):
    carried_out = f"""
crowd, to = filled()
job = order({action!r}, crowd, to if {action!r} in ("move", "copy") else None)
assert killed_everywhere(job, {action!r}) == len(PLACES)
print(json.dumps(look(job)))
"""

    assert told(place, KILL, carried_out) == UNTOUCHED | AFTER[action]


def test_a_kill_at_each_place_of_an_undo_brings_everybody_back_once(place):
    undone = """
crowd, to = filled()
job = run(order("delete", crowd))
services.bulk_change_undo(job=job)
assert killed_everywhere(job, "delete") == len(PLACES)
print(json.dumps(look(job)))
"""

    assert told(place, KILL, undone) == UNTOUCHED | {"undone": PEOPLE, "done": PORTIONS}


# Two at once, each by a process of its own; then those who were deleted are brought back.
AT_ONCE = """
crowd, to = filled()
jobs = [order(each, crowd, to if each in ("move", "copy") else None) for each in {actions!r}]
started = [fork(lambda: run(job)) for job in jobs]
assert [os.waitpid(pid, 0)[1] for pid in started] == [0, 0]
changed = Counter()
for job in jobs:
    job.refresh_from_db()
    assert (job.state, job.left_count) == ("done", 0)
    changed[job.action] += job.changed
for job in jobs:
    if job.can_undo:
        services.bulk_change_undo(job=job)
        run(job)
print(json.dumps(look(jobs[0]) | {{"changed": changed}}))
"""
TOGETHER = [
    ("tag", "tag"), ("tag", "consent"), ("delete", "delete"), ("tag", "delete"), ("move", "delete"),
    ("copy", "delete"), ("erase", "delete"), ("move", "consent"),
]  # fmt: skip


@pytest.mark.parametrize("actions", TOGETHER, ids=" and ".join)
def test_two_changes_of_the_same_people_at_once_are_both_whole(place, actions):
    found = told(place, AT_ONCE.format(actions=actions))

    of = {action: found["changed"].get(action, 0) for action in AFTER}
    everybody = PEOPLE - of["erase"] + of["copy"]
    assert found["in crowd"] + found["in door"] == everybody == found["photos"]
    assert found["in door"] == of["move"] + of["copy"]
    assert found["with tag"] == of["tag"] and found["consenting"] == of["consent"]
    assert found["faults"] == {}
    if "delete" in actions:
        # Somebody who was deleted when their turn to be erased came is erased as well.
        assert PEOPLE - of["erase"] <= of["delete"] <= PEOPLE
    else:
        assert all(of[action] == PEOPLE for action in actions)
