"""Who of the gallery is in a group photo?"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.urls import URLPattern, path

from ... import engine
from ...calibration.own_thresholds import thresholds_of
from ...gallery.locks import lock
from ...gallery.models import Person
from ...gallery.templates_cache import PersonTemplates
from ...gallery.worker import read
from ...jobs.claims import Claim, end_refused
from ...jobs.refusals import Refusal
from ...photos.face_box import Box, face_box
from ...photos.forms import PhotoField
from .. import verdicts
from ..forms import ProbeForm
from ..models import Verification
from ..outcome import end_with_verdict
from ..pages import submission_view
from .base import INCONCLUSIVE, MATCH, NO_MATCH
from .gallery_search import GallerySearch
from .photos import PHOTOS, best_first

if TYPE_CHECKING:
    from ..presentation import Result

MAX_FACES = 100  # of a group photo, the most prominent first
NEAREST = 10  # people considered for each face
NAMES_LISTED = 4  # in a list of verdicts

NO_FACE_USABLE = Refusal(
    "no_face_usable",
    "Every face in the photo is too small, too blurred, too dark or turned too far away.",
    "Use a sharper or larger photo.",
    which="probe",
)


class GroupForm(ProbeForm):
    probe = PhotoField(label="Group photo")


class Group(GallerySearch):
    """Find who of the gallery is in a photo. The best face's verdict is that of the whole.

    All faces of the photo share the false-match rate, as all people of the gallery do: a photo of
    strangers has anyone named no more often than the rate says, however many faces it shows. A
    person is in a photo once: of two faces like one person only the more probable gets the name,
    and the other stays open.
    """

    name = "group"
    label = "a group photo and the gallery"
    template = "comparisons/group.html"
    form = GroupForm
    setting = "group photos of strangers would have anyone named, however many faces they show."
    subject = "Faces of {name} in the gallery"
    labels = {MATCH: "Faces named", NO_MATCH: "No one in the gallery"}
    headlines = {
        MATCH: "People of your gallery are in the photo",
        NO_MATCH: "No one in your gallery",
        INCONCLUSIVE: "Perhaps people of your gallery; nothing is certain",
    }
    doubt = "Cannot rule out people of your gallery"
    right, wrong = PHOTOS.right, PHOTOS.wrong
    has_many_answers = True
    result_template = "comparisons/_many_result.html"

    def urls(self) -> list[URLPattern]:
        return [path("identify/group/", submission_view, {"kind": self}, name="identify_group")]

    def search(self, claim: Claim[Verification], templates: PersonTemplates) -> bool:
        row = claim.row
        searched = engine.search_faces(
            read(row.probe_image),
            templates.matrix,
            templates.counts,
            max_faces=MAX_FACES,
            false_match_rate=row.false_match_rate,
            limit=NEAREST,
            thresholds=thresholds_of(row.owner_id),
        )
        if not searched.candidates:
            return end_refused(claim, NO_FACE_USABLE)
        rows = {one.row for candidates in searched.candidates.values() for one in candidates}
        with transaction.atomic():
            # Locked: nobody who is erased at this moment is named afterwards.
            people = lock(*(templates.ids[number] for number in rows))
            known = {
                number: people[templates.ids[number]]
                for number in rows
                if templates.ids[number] in people
            }
            named = _assign(searched.candidates, known)
            faces = [_face(index, name) for index, name in named.items()]
            faces += [_refused(index, problem) for index, problem in searched.refusals.items()]
            best = min((name.decision for name in named.values()), key=_best_first)
            return end_with_verdict(
                claim,
                engine.Verdict.on_probe(searched, best, searched.calibration),
                named_faces=sorted(faces, key=lambda face: face["index"]),
            )

    def whom(self, row: Verification) -> str:
        """The person whom the best of the open faces may show."""
        faces = [face for face in row.named_faces if face["name"]]
        if not faces:
            return "somebody of your gallery"
        return max(faces, key=lambda face: face["probability"])["name"]

    def found(self, row: Verification) -> str:
        certain = [face["name"] for face in row.named_faces if face["outcome"] == MATCH]
        perhaps = [face["name"] for face in row.named_faces if face["outcome"] == INCONCLUSIVE]
        names = [*certain, *(f"perhaps {name}" for name in perhaps if name)]
        shown = [name or "somebody who was erased" for name in names[:NAMES_LISTED]]
        more = len(names) - len(shown)
        return ", ".join(shown) + (f" and {more} more" if more else "")

    def result_context(self, result: "Result") -> dict[str, Any]:
        return {"group": NamedFaces(result) if result.verification.outcome else None}


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


def _assign(faces: dict[int, Candidates], known: dict[int, Person]) -> dict[int, _Named]:
    """For each face the person it is, or may be, and the decision; nobody is named twice.

    Args:
        faces: each face's candidates by its index. known: the people of the candidates' rows.
    """
    matches = sorted(
        (
            (*_best_first(candidate.decision), index, candidate)
            for index, candidates in faces.items()
            for candidate in candidates
            if candidate.decision.outcome == MATCH and candidate.row in known
        ),
        key=lambda match: match[:-1],
    )
    named: dict[int, _Named] = {}
    taken: set[int] = set()
    for *_order, index, candidate in matches:
        if index not in named and candidate.row not in taken:
            named[index] = _Named(candidate.decision, known[candidate.row])
            taken.add(candidate.row)
    for index, candidates in faces.items():
        if index not in named:
            there = (
                tuple(candidate for candidate in candidates if candidate.row in known) or candidates
            )
            named[index] = _unnamed(there, known, taken)
    return named


def _unnamed(candidates: Candidates, known: dict[int, Person], taken: set[int]) -> _Named:
    """A face that gets no name for certain. It is unknown only where everyone is improbable: one
    whose most probable name went to another face stays open, as does one that nobody matches."""
    free = [
        candidate
        for candidate in candidates
        if candidate.row not in taken and candidate.decision.leaning == "same"
    ]
    best = (
        free[0] if free else max(candidates, key=lambda candidate: candidate.decision.probability)
    )
    if best.decision.outcome == NO_MATCH:
        return _Named(best.decision)
    decision = replace(best.decision, outcome=INCONCLUSIVE)
    return _Named(decision, known.get(best.row), best.row in taken)


def _face(index: int, named: _Named) -> dict[str, Any]:
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
    }


# On the result's page


@dataclass(frozen=True)
class NamedFace:
    """A face of a group photo: its box, unless the photo is erased, and `entry` of
    `Verification.named_faces`."""

    box: Box | None
    entry: dict[str, Any]

    @property
    def status(self) -> str:
        return self.entry["outcome"] or "refused"

    @property
    def number(self) -> int:
        return self.entry["index"] + 1

    @property
    def name(self) -> str:
        if self.entry["refusal"]:
            return "cannot be named"
        if self.entry["outcome"] == MATCH:
            return self.entry["name"] or "somebody who was erased"
        if self.entry["outcome"] == INCONCLUSIVE:
            return f"perhaps {self.entry['name']}" if self.entry["name"] else "cannot tell"
        return "unknown"

    @property
    def detail(self) -> str:
        if self.entry["refusal"]:
            return self.entry["refusal"]["detail"]
        if verdicts.is_of_earlier_rule(self.entry["outcome"], self.entry["probability"]):
            return f"{verdicts.EARLIER}."
        if self.entry.get("taken") and self.entry["name"]:
            return f"{self.entry['name']} is named at a face that is more alike."
        return ""

    @property
    def chance(self) -> str:
        """Of being the person named or, for an unknown face, the nearest one of the gallery."""
        value = self.entry["probability"]
        return "" if value is None else engine.percent(value, short=True)

    @property
    def similarity(self) -> str:
        value = self.entry["similarity"]
        return "" if value is None else f"{value:.3f}"

    @property
    def person_id(self) -> str | None:
        return self.entry["person_id"]

    @property
    def short_name(self) -> str:
        return self.name if len(self.name) <= 24 else f"{self.name[:23]}…"

    @property
    def text_x(self) -> str:
        return f"{self.box.left + self.box.width / 2:.1f}" if self.box else ""

    @property
    def text_y(self) -> str:
        if self.box is None:
            return ""
        return f"{self.box.top + self.box.height + self.text_size * 1.15:.1f}"

    @property
    def text_size(self) -> float:
        return max(self.box.width / 5, 10) if self.box else 10

    @property
    def font_size(self) -> str:
        return f"{self.text_size:.1f}"


class NamedFaces:
    """A group photo with the faces named."""

    def __init__(self, result: "Result"):
        self.verification = result.verification
        (self.photo,) = result.photos

    @cached_property
    def faces(self) -> list[NamedFace]:
        probe = self.verification.faces.get("probe") or {}
        reports = {face["index"]: face for face in (probe, *probe.get("others", ())) if face}
        if not self.photo.is_there:
            return [NamedFace(None, entry) for entry in self.verification.named_faces]
        return [
            NamedFace(face_box(reports[entry["index"]], chosen=False), entry)
            for entry in self.verification.named_faces
            if entry["index"] in reports
        ]

    @property
    def summary(self) -> str:
        named = sum(face.status == "match" for face in self.faces)
        count = len(self.faces)
        return f"{named} of {count} face{'' if count == 1 else 's'} named."
