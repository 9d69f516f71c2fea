"""Who of the gallery is in a group photo?"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.db import transaction
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy

from ... import engine
from ...calibration.own_thresholds import thresholds_of
from ...gallery.index import GalleryIndex
from ...gallery.locks import lock
from ...gallery.models import Person
from ...gallery.worker import read
from ...jobs.claims import Claim, end_refused
from ...jobs.refusals import Refusal
from ...photos.forms import PhotoField
from ...text.sentences import sentence
from ..forms import ProbeForm
from ..models import Verification
from ..outcome import end_with_verdict
from ..pages import submission_view
from .base import INCONCLUSIVE, MATCH, NO_MATCH, Link
from .gallery_search import GallerySearch
from .named_faces import NamedFaces
from .photos import PHOTOS, best_first

if TYPE_CHECKING:
    from ..presentation import Result

MAX_FACES = 100  # of a group photo, the most prominent first
NEAREST = 10  # people considered for each face
NAMES_LISTED = 4  # in a list of verdicts
OFFERED = 3  # of them, when somebody says who an unknown face is

NO_FACE_USABLE = Refusal(
    "no_face_usable",
    sentence("Every face in the photo is too small, too blurred, too dark or turned too far away."),
    sentence("Use a sharper or larger photo."),
    which="probe",
)


class GroupForm(ProbeForm):
    probe = PhotoField(label=gettext_lazy("Group photo"))


class Group(GallerySearch):
    """Find who of the gallery is in a photo. The best face's verdict is that of the whole.

    All faces of the photo share the false-match rate, as all people of the gallery do: a photo of
    strangers has anyone named no more often than the rate says, however many faces it shows. A
    person is in a photo once: of two faces like one person only the more probable gets the name,
    and the other stays open.
    """

    name = "group"
    label = gettext_lazy("a group photo and the gallery")
    template = "comparisons/group.html"
    form = GroupForm
    setting = gettext_lazy(
        "group photos of strangers would have anyone named, however many faces they show."
    )
    subject = gettext_lazy("Faces of {name} in the gallery")
    headlines = {
        MATCH: gettext_lazy("People of your gallery are in the photo"),
        NO_MATCH: gettext_lazy("No one in your gallery"),
        INCONCLUSIVE: gettext_lazy("Cannot tell; perhaps people of your gallery"),
    }
    doubt = gettext_lazy("Cannot tell; probably no one in your gallery")
    right, wrong = PHOTOS.right, PHOTOS.wrong
    has_many_answers = True
    endpoint = "api:group-identification-list"
    result_template = "comparisons/_many_result.html"

    def urls(self) -> list[URLPattern]:
        return [path("identify/group/", submission_view, {"kind": self}, name="identify_group")]

    def search(self, claim: Claim[Verification], index: GalleryIndex) -> bool:
        row = claim.row
        searched = engine.search_faces(
            read(row.probe_image),
            index,
            max_faces=MAX_FACES,
            false_match_rate=row.false_match_rate,
            limit=NEAREST,
            thresholds=thresholds_of(row.owner_id, row.gallery_id),
        )
        if not searched.candidates:
            return end_refused(claim, NO_FACE_USABLE)
        found = {one.id for candidates in searched.candidates.values() for one in candidates}
        with transaction.atomic():
            # Locked: nobody who is erased at this moment is named afterwards.
            known = lock(*found)
            named = _assign(searched.candidates, known)
            faces = [
                _face(index, name, _nearest(searched.candidates[index], known))
                for index, name in named.items()
            ]
            faces += [_refused(index, problem) for index, problem in searched.refusals.items()]
            best = min((name.decision for name in named.values()), key=_best_first)
            return end_with_verdict(
                claim,
                engine.Verdict.on_probe(searched, best, searched.calibration),
                named_faces=sorted(faces, key=lambda face: face["index"]),
            )

    def people_ids(self, row: Verification) -> list[str]:
        matches = [face for face in row.named_faces if face["outcome"] == MATCH]
        return [face["person_id"] for face in matches if face["person_id"]]

    def whom(self, row: Verification) -> str:
        """The person whom the best of the open faces may show."""
        faces = [face for face in row.named_faces if face["name"]]
        if not faces:
            return gettext("somebody of your gallery")
        return max(faces, key=lambda face: face["probability"])["name"]

    def found(self, row: Verification) -> str:
        certain = [face["name"] for face in row.named_faces if face["outcome"] == MATCH]
        perhaps = [face["name"] for face in row.named_faces if face["outcome"] == INCONCLUSIVE]
        names = [
            *certain,
            *(gettext("perhaps {name}").format(name=name) for name in perhaps if name),
        ]
        shown = [name or gettext("somebody who was erased") for name in names[:NAMES_LISTED]]
        more = len(names) - len(shown)
        listed = ", ".join(shown)
        if not more:
            return listed
        return gettext("%(names)s and %(more)s more") % {"names": listed, "more": more}

    def result_context(self, result: "Result") -> dict[str, Any]:
        return {"group": NamedFaces(result) if result.verification.outcome else None}

    def again(self, row: Verification) -> Link:
        return Link(gettext("Another group photo"), reverse("identify_group"))


GROUP = Group()


# In the worker


@dataclass(frozen=True)
class _Named:
    """Who a face is, or may be; `taken`: that person is another face of the photo."""

    decision: engine.Decision
    person: Person | None = None
    taken: bool = False


def _best_first(decision: engine.Decision) -> tuple[int, float, float]:
    return best_first(decision.outcome, decision.probability, decision.similarity)


Candidates = tuple[engine.Candidate, ...]


def _assign(faces: dict[int, Candidates], known: dict[UUID, Person]) -> dict[int, _Named]:
    """For each face the person it is, or may be, and the decision; nobody is named twice.

    Args:
        faces: each face's candidates by its index. known: the people who are there, by id.
    """
    matches = sorted(
        (
            (*_best_first(candidate.decision), index, candidate)
            for index, candidates in faces.items()
            for candidate in candidates
            if candidate.decision.outcome == MATCH and candidate.id in known
        ),
        key=lambda match: match[:-1],
    )
    named: dict[int, _Named] = {}
    taken: set[UUID] = set()
    for *_order, index, candidate in matches:
        if index not in named and candidate.id not in taken:
            named[index] = _Named(candidate.decision, known[candidate.id])
            taken.add(candidate.id)
    for index, candidates in faces.items():
        if index not in named:
            there = (
                tuple(candidate for candidate in candidates if candidate.id in known) or candidates
            )
            named[index] = _unnamed(there, known, taken)
    return named


def _unnamed(candidates: Candidates, known: dict[UUID, Person], taken: set[UUID]) -> _Named:
    """A face that gets no name for certain. It is unknown only where everyone is improbable: one
    whose most probable name went to another face stays open, as does one that nobody matches."""
    free = [
        candidate
        for candidate in candidates
        if candidate.id not in taken and candidate.decision.leaning == "same"
    ]
    best = (
        free[0] if free else max(candidates, key=lambda candidate: candidate.decision.probability)
    )
    if best.decision.outcome == NO_MATCH:
        return _Named(best.decision)
    decision = replace(best.decision, outcome=INCONCLUSIVE)
    return _Named(decision, known.get(best.id), best.id in taken)


def _nearest(candidates: Candidates, known: dict[UUID, Person]) -> list[dict[str, Any]]:
    """The people whom a face is most probably one of, by id alone: names change."""
    there = [candidate for candidate in candidates if candidate.id in known]
    return [
        {
            "person_id": str(known[candidate.id].pk),
            "probability": candidate.decision.probability,
            "outcome": candidate.decision.outcome,
        }
        for candidate in there[:OFFERED]
    ]


def _face(index: int, named: _Named, nearest: list[dict[str, Any]]) -> dict[str, Any]:
    decision, person = named.decision, named.person
    return {
        "index": index,
        "outcome": decision.outcome,
        "person_id": str(person.pk) if person else None,
        "name": person.name if person else "",
        "similarity": decision.similarity,
        "probability": decision.probability,
        "refusal": None,
        "taken": named.taken,
        "nearest": nearest,
    }


def _refused(index: int, problem: engine.FaceProblem) -> dict[str, Any]:
    return {
        "index": index,
        "outcome": None,
        "person_id": None,
        "name": "",
        "similarity": None,
        "probability": None,
        "refusal": vars(problem),
        "taken": False,
        "nearest": [],
    }
