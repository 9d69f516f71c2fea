"""Making a report."""

from django.utils import timezone
from django.utils.translation import gettext

from ..comparisons.models import Verification
from ..comparisons.presentation import Result
from ..comparisons.selectors import named_in_verdict
from ..jobs.services import ActionNotAllowed
from . import sealed_pdf
from .facts import facts_of
from .page import Row, drawn
from .sealing import key_in_use


def report_make(*, verification: Verification) -> bytes:
    """A verdict as a sealed PDF. Raises ActionNotAllowed while there is no verdict."""
    if not verification.outcome:
        raise ActionNotAllowed(
            gettext("There is a report of a verdict only, and this comparison has none.")
        )
    result = Result(verification, *named_in_verdict(verification=verification))
    facts = facts_of(
        verification,
        asked_by=verification.owner.email,
        made_at=timezone.now().replace(microsecond=0),
    )
    key = key_in_use()
    pdf = drawn(result, _rows(result), facts, sealed_pdf.unsealed(facts, key))
    return sealed_pdf.sealed(pdf, key)


def file_name(verification: Verification) -> str:
    return f"faceverify-report-{verification.pk}.pdf"


def _rows(result: Result) -> list[Row]:
    """People, faces or photos of a verdict with many answers."""
    if result.candidates:
        return [
            Row(row["name"] or gettext("erased"), row["similarity"], row["chance"], row["outcome"])
            for row in result.candidates
        ]
    context = result.kind.result_context(result)
    if group := context.get("group"):
        return [
            Row(f"{face.number}  {face.name}", face.similarity, face.chance, face.label)
            for face in group.faces
        ]
    if photos := context.get("photos"):
        return [Row(row.name, row.similarity, "", row.label) for row in photos.rows]
    return []
