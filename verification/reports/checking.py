"""Is a PDF a report of this server, as it was made, and does the verdict still say the same?"""

from dataclasses import dataclass, field
from uuid import UUID

from ..comparisons.models import Verification
from . import sealed_pdf
from .facts import differences
from .sealing import KeyUnknown

NO_REPORT = (
    "This file has no statement of a report of faceverify in it. A report that a program has printed or "
    "saved anew does not hold it any more: bring the file as it was downloaded."
)
KEY_UNKNOWN = "It was sealed with a key that this server does not have: another server made it."


@dataclass
class Checked:
    """What a check has found, as sentences. `good`: the file is as this server made it, and the
    verdict says the same."""

    good: bool
    holds: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


def check(pdf: bytes) -> Checked:
    try:
        found = sealed_pdf.read(pdf)
    except sealed_pdf.NoReport:
        return Checked(False, wrong=[NO_REPORT])
    try:
        whole, facts_whole = sealed_pdf.is_whole(pdf, found), sealed_pdf.facts_are_whole(found)
    except KeyUnknown:
        return Checked(False, wrong=[KEY_UNKNOWN])
    checked = Checked(whole)
    if whole:
        checked.holds.append(
            f"This server made the file on {found.facts['made_at']}, and nothing in it was changed since."
        )
    else:
        checked.wrong += _what_was_changed(pdf, found, facts_whole)
    _compare(checked, found)
    return checked


def _what_was_changed(pdf: bytes, found: sealed_pdf.Statement, facts_whole: bool) -> list[str]:
    if not facts_whole:
        return ["The facts stated in the file were changed after this server sealed them."]
    changed = sealed_pdf.changed_parts(pdf, found)
    what = ", ".join(changed) if changed else "something around its parts"
    facts = found.facts
    return [
        f"The file was changed after this server sealed it: {what}.",
        f"What it stated then is known: outcome {facts['outcome']}, similarity {facts['similarity']}, "
        f"made on {facts['made_at']}.",
    ]


def _compare(checked: Checked, found: sealed_pdf.Statement) -> None:
    row = _verdict(found.facts.get("verification"))
    if row is None:
        checked.holds.append(
            "The verdict is not on this server any more: it was deleted. Only the seal could be checked."
        )
        return
    differs = differences(found.facts, row)
    if differs:
        checked.good = False
        checked.wrong += differs
    else:
        checked.holds.append(f"The verdict {row.pk} on this server says the same.")
    if row.photos_erased_at or row.name_erased_at:
        checked.holds.append(
            "Photos or names of the verdict were erased on this server since: they could not be compared."
        )


def _verdict(id: object) -> Verification | None:
    try:
        return Verification.objects.filter(pk=UUID(str(id))).first()
    except ValueError:
        return None
