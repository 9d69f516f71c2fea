"""What a kind of comparison is made of."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import models
from django.db.models import QuerySet
from django.db.models.fields.files import FieldFile
from django.urls import URLPattern, reverse
from django.utils.translation import gettext, gettext_lazy

from ... import engine
from ...gallery.access import gallery_for
from ...gallery.gallery_models import Gallery
from ...gallery.models import Anchor, Person
from ...jobs.claims import Claim
from ...photos.requests import SignedInRequest
from ...text.sentences import said_lazy
from ..forms import ProbeForm
from ..models import Verification

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from ..presentation import Result
    from ..submission import Submission, UploadedPhoto

MATCH: str = Verification.Outcome.MATCH.value
NO_MATCH: str = Verification.Outcome.NO_MATCH.value
INCONCLUSIVE: str = Verification.Outcome.INCONCLUSIVE.value
SAME_PERSON = "the same person"


class Role(NamedTuple):
    """A photo of a verification on its page: the field's name, a letter to tell two apart, and what
    it is called, by itself and within a sentence."""

    which: str
    letter: str
    name: "StrOrPromise"
    within: "StrOrPromise"


class Link(NamedTuple):
    words: str
    url: str


class Reference(NamedTuple):
    """A photo that a verdict compared the probe with, and its face as the engine reported it."""

    name: str
    image: FieldFile
    face: dict[str, Any]


@dataclass(frozen=True)
class SecondOpinion:
    """What another model decides on the same photos; `name` of the person it matches, if any."""

    decision: engine.Decision
    name: str = ""


def conditions_of(row: Verification, role: str) -> list[str]:
    """What makes a verdict on a verification's face weaker, see `ml.faces.conditions`."""
    return (row.faces.get(role) or {}).get("conditions", [])


# The people and embeddings, by the model of this process, of those anchors that it can use.
EmbedAnchors = Callable[[QuerySet[Anchor]], list[tuple[Any, Any]]]


class Kind(ABC):
    """One kind of comparison: an object of a subclass stands in `registry.KINDS`.

    A subclass gives its words as class attributes, and overrides `run`, `urls` and what else it
    needs. In words `{name}` is replaced: by the probe's file name in `subject`, else by the person's.
    """

    name: str  # as it is stored in `Verification.kind`, and as the API calls it
    label: "StrOrPromise"  # of the kind itself
    template: str  # of the page with the form
    form: type[ProbeForm] = ProbeForm
    section = "compare"  # of the menu
    setting: "StrOrPromise"  # "At this setting about 1 in 1,000 ..."
    roles: tuple[Role, ...] = (Role("probe", "A", gettext_lazy("Photo"), gettext_lazy("photo")),)
    subject: "StrOrPromise" = ""  # what a comparison without a title is called
    # By outcome; what is missing is taken from `words.WORDS`.
    labels: "dict[str, StrOrPromise]" = {}
    headlines: "dict[str, StrOrPromise]" = {}
    doubt: "StrOrPromise" = ""  # the headline of an open verdict that leans towards "different"
    # What a review that says right or wrong says of each outcome.
    right: "dict[str, StrOrPromise]" = {
        MATCH: said_lazy(SAME_PERSON),
        NO_MATCH: gettext_lazy("different people"),
        INCONCLUSIVE: gettext_lazy("hard to tell"),
    }
    wrong: "dict[str, StrOrPromise]" = {
        MATCH: gettext_lazy("different people"),
        NO_MATCH: said_lazy(SAME_PERSON),
        INCONCLUSIVE: gettext_lazy("easy to tell"),
    }
    has_many_answers = False  # of which no single confidence can be reviewed
    result_template = "comparisons/_one_answer.html"
    endpoint = ""  # the name of the route by which programs hand it in; empty without one
    can_ask_again = False  # whether `ask_again` gives a second opinion

    # Submitting

    def urls(self) -> list[URLPattern]:
        """The kind's pages."""
        return []

    def page_context(self, request: SignedInRequest) -> dict[str, Any]:
        """What `template` shows besides the form."""
        return {}

    def usual_rate(self, request: SignedInRequest, person: Person | None) -> float | None:
        """The false-match rate that the gallery of a comparison asks for, if it has one."""
        return person.gallery.false_match_rate if person is not None else None

    def submission_of(self, request: SignedInRequest, submission: "Submission") -> "Submission":
        """What the form of the page submits, with what the kind takes besides."""
        return submission

    def check(self, submission: "Submission") -> None:  # noqa: B027  most kinds accept every submission
        """Raises ValidationError for what cannot be compared, before anything is stored."""

    def gallery_of(self, submission: "Submission") -> Gallery | None:
        """The gallery that a comparison belongs to: the person's, or where it looks. One of a key that
        is bound to a gallery belongs there."""
        if submission.person is not None:
            return submission.person.gallery
        bound = submission.owner.bound_gallery
        return gallery_for(submission.owner, bound) if bound else None

    def digest_options(self, row: Verification) -> tuple[str, ...]:
        """What distinguishes a submission from others with the same photos and settings."""
        return (self.name, str(row.person_id), *self._gallery_option(row))

    def _gallery_option(self, row: Verification) -> tuple[str, ...]:
        """Nothing for the default gallery: as before there were several."""
        if row.gallery is None or row.gallery.is_default_for(row.owner_id):
            return ()
        return (str(row.gallery_id),)

    def extra_rows(self, row: Verification, submission: "Submission") -> list[models.Model]:
        """Rows to be made with the verification; stores their files."""
        return []

    # In the worker

    @abstractmethod
    def run(self, claim: Claim[Verification]) -> bool:
        """Compare, and store the verdict or the refusal; False when the claim was lost or the row
        was queued again. Raises ImageRefused, ArtifactError, and what reading a file raises."""

    def ask_again(self, row: Verification, embed_anchors: EmbedAnchors) -> SecondOpinion | None:
        """What the model of this process says of a verdict's photos; None when those that the
        probe was compared with are gone. Nothing is stored. Raises as `run`."""
        raise NotImplementedError

    # On the result's page

    def title(self, row: Verification) -> str:
        """What an untitled comparison is called."""
        if self.subject:
            return self.subject.format(name=row.probe_name or gettext("A photo"))
        names = [name for name in (row.probe_name, row.person_name or row.reference_name) if name]
        return f" {gettext('and')} ".join(names) or gettext("Untitled comparison")

    def person_named(self, row: Verification) -> str:
        """The name of the person compared with, or of the best candidate of a search."""
        best = row.candidates[0]["name"] if row.candidates else ""
        return row.person_name or best or gettext("somebody")

    def person_id(self, row: Verification) -> str | None:
        """Of the person whom the verdict is about, if it is about one."""
        return str(row.person_id) if row.person_id else None

    def people_ids(self, row: Verification) -> list[str]:
        """Of everybody whom the verdict says the photo shows, or may show."""
        person = self.person_id(row)
        return [person] if person else []

    def whom(self, row: Verification) -> str:
        """Whom the photo shows if it matches."""
        return SAME_PERSON

    def found(self, row: Verification) -> str:
        """Who was found, if the verdict names people."""
        return ""

    def again(self, row: Verification) -> Link:
        """The page that submits another comparison of the kind."""
        return Link(gettext("Compare two more"), reverse("compare"))

    def points(
        self, row: Verification, thresholds: engine.OwnThresholds
    ) -> tuple[engine.OperatingPoint, ...]:
        """What each setting would have asked of this verdict, the most relaxed first; nothing where
        that cannot be said any more."""
        return ()

    def stored_others(self, row: Verification) -> tuple["UploadedPhoto", ...]:
        """The further photos of a comparison, as they would be submitted again."""
        return ()

    def result_context(self, result: "Result") -> dict[str, Any]:
        """What `result_template` shows besides the result."""
        return {}

    # In the export of reviewed pairs

    def references(self, row: Verification) -> list[Reference]:
        """The photos that make reviewed pairs with the probe."""
        return []
