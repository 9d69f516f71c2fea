"""What is ordered for everybody in a large gallery, for bench_people.py: ordered as a page does, carried out as
a worker does, in this process."""

import time
from collections.abc import Callable, Iterator
from typing import Any, TextIO

import psutil

ERASED = 500  # people, of whom everything that the account has is looked through
MEGABYTE = 2**20


def change_everyone(owner: Any, gallery: Any, other: Any, actions: list[str], out: TextIO) -> None:
    """Change everybody, in all ways or by these actions, and tell of each step what it is, how long it took
    and how it went."""
    for what, work in _steps(owner, gallery, other):
        if actions and what.partition(", ")[2].partition(":")[0] not in actions:
            continue
        began = time.perf_counter()
        said = work()
        print(f"{what:45} {time.perf_counter() - began:8.1f} s  {said}", file=out, flush=True)


def _steps(owner: Any, gallery: Any, other: Any) -> Iterator[tuple[str, Callable[[], str]]]:
    """(what it is, what does it and says how it went); whoever was moved is moved back, and whoever was
    deleted is brought back, all but the last."""
    from verification.bulk_changes.services import bulk_change_order, bulk_change_undo
    from verification.gallery.selection import Chosen
    from verification.models import BulkChange, Person

    job = BulkChange()

    def order(action: str, chosen: Chosen, to: Any) -> str:
        nonlocal job
        consent = {"consent_for": "the door"} if action == "consent" else None
        job = bulk_change_order(
            owner=owner, chosen=chosen, action=action, tag="all", to=to, consent=consent
        )
        return ""

    def undo() -> str:
        bulk_change_undo(job=job)
        return ""

    def carry_out() -> str:
        return _carried_out(job)

    everybody = Chosen(everyone=True, gallery=gallery)
    steps = [
        ("tag", everybody, None),
        ("untag", everybody, None),
        ("consent", everybody, None),
        ("move", everybody, other),
        ("move", Chosen(everyone=True, gallery=other), gallery),
        ("delete", everybody, None),
    ]
    for action, chosen, to in steps:
        yield f"everyone, {action}: ordered", lambda: order(action, chosen, to)  # noqa: B023  called at once
        yield f"everyone, {action}: done", carry_out
    yield "everyone, delete: undo ordered", undo
    yield "everyone, delete: undone", carry_out
    ids = Person.objects.filter(gallery=gallery).order_by().values_list("pk", flat=True)[:ERASED]
    some = Chosen(ids=list(ids))
    yield f"{ERASED} people, erase: ordered", lambda: order("erase", some, None)
    yield f"{ERASED} people, erase: done", carry_out


def _carried_out(job: Any) -> str:
    """Turn after turn; the time, and the memory of this process after the first turn and at most."""
    from verification.worker.tasks import change_many

    began, memory = time.perf_counter(), []
    while not job.is_finished:
        change_many(str(job.pk))
        memory.append(psutil.Process().memory_info().rss / MEGABYTE)
        job.refresh_from_db()
    number = job.undone if job.is_undoing else job.changed
    each = (time.perf_counter() - began) / max(number, 1)
    return (
        f"{number:,} people in {len(memory)} turns, {1000 * each:.2f} s for 1,000, memory "
        f"{memory[0]:.0f} MB after the first turn and {max(memory):.0f} MB at most"
    )
