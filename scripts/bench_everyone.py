"""What is ordered for everybody in a large gallery, for bench_people.py: each step as something to be measured."""

from collections.abc import Callable, Iterator
from typing import Any


def everyone(owner: Any, gallery: Any) -> Iterator[tuple[str, Callable[[], None]]]:
    """(what it is, what does it): ordered as a page does, carried out as a worker does, in this process;
    whoever was deleted is brought back."""
    from verification.bulk_changes.services import bulk_change_order, bulk_change_undo
    from verification.gallery.selection import Chosen
    from verification.models import BulkChange
    from verification.worker.tasks import change_many

    chosen = Chosen(everyone=True, gallery=gallery)
    job = BulkChange()

    def order(action: str) -> None:
        nonlocal job
        job = bulk_change_order(owner=owner, chosen=chosen, action=action, tag="all")

    def carry_out() -> None:
        while not job.is_finished:
            change_many(str(job.pk))
            job.refresh_from_db()

    def undo() -> None:
        bulk_change_undo(job=job)

    for action in ("tag", "untag", "delete"):
        yield f"everyone, {action}: ordered", lambda: order(action)  # noqa: B023  called at once
        yield f"everyone, {action}: done", carry_out
    yield "everyone, delete: undo ordered", undo
    yield "everyone, delete: undone", carry_out
