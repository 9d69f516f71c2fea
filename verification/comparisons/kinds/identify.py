"""Search the gallery for the person in a photo."""

from ... import engine
from ...calibration.own_thresholds import thresholds_of
from ...gallery.models import Person
from ...gallery.worker import templates_of_owner
from ...jobs.claims import Claim, end_refused
from ...jobs.refusals import Refusal
from .person import end_alone, look_at_probe

CANDIDATES = 10


GALLERY_EMPTY = Refusal(
    "gallery_empty",
    "Nobody in the gallery has a photo that can be used.",
    "Add people and photos that show their faces clearly.",
)


def identify(claim: Claim) -> bool:
    """Search a probe in the owner's gallery, once every anchor is of the model in use."""
    row = claim.row
    templates = templates_of_owner(claim)
    if templates is None:
        return False
    if not templates.ids:
        return end_refused(claim, GALLERY_EMPTY)
    probe = look_at_probe(row)
    own = thresholds_of(row.owner_id)
    found = (
        engine.gallery(own.shifts)
        .under(probe.conditions)
        .search(
            probe.embedding,
            templates.matrix,
            templates.counts,
            false_match_rate=row.false_match_rate,
            limit=CANDIDATES,
        )
    )
    names = Person.objects.in_bulk([templates.ids[each.row] for each in found])
    found = [each for each in found if templates.ids[each.row] in names]  # deleted a moment ago
    if not found:
        return end_refused(claim, GALLERY_EMPTY)
    candidates = [
        {
            "person_id": str(templates.ids[each.row]),
            "name": names[templates.ids[each.row]].name,
            "similarity": round(each.decision.similarity, 6),
            "probability": round(each.decision.probability, 6),
            "outcome": each.decision.outcome,
        }
        for each in found
    ]
    return end_alone(claim, probe, found[0].decision, own, candidates=candidates)
