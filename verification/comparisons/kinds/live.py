"""What a camera saw: is it this person, or who of the gallery is it?

A verdict of this kind is made by `verification/live/`, from many frames; it has the best as its probe, and
keeps the other good ones, with the pictures of a challenge, among its photos.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from ...jobs.claims import Claim, end_refused
from ...jobs.refusals import Refusal
from ...text.sentences import sentence
from ..compared_photos import SearchPhoto
from ..models import Verification
from .base import INCONCLUSIVE, MATCH, NO_MATCH, Kind, Link, Reference, Role

if TYPE_CHECKING:
    from ..presentation import Result

CAMERA_NEEDED = Refusal(
    "camera_needed",
    sentence("A verdict on a camera's frames cannot be given again without the camera."),
    sentence("Start another live session."),
)


class Live(Kind):
    """Compare whoever is before the camera with a person, a photo or the whole gallery."""

    name = "live"
    label = gettext_lazy("a camera")
    template = "live/live.html"
    setting = gettext_lazy("sessions with somebody else before the camera would be called a match.")
    roles = (Role("probe", "A", gettext_lazy("Best frame"), gettext_lazy("best frame")),)
    headlines = {
        MATCH: gettext_lazy("Probably {name}"),
        NO_MATCH: gettext_lazy("Probably not {name}"),
        INCONCLUSIVE: gettext_lazy("Cannot tell; perhaps {name}"),
    }
    doubt = gettext_lazy("Cannot tell whether it is {name}")
    result_template = "live/_result.html"

    def run(self, claim: Claim[Verification]) -> bool:
        return end_refused(claim, CAMERA_NEEDED)

    def title(self, row: Verification) -> str:
        if row.person_name or row.reference_name:
            return gettext("Camera and %(name)s") % {"name": row.person_name or row.reference_name}
        return (
            gettext("Camera and the gallery") if _is_search(row) else gettext("Camera and a photo")
        )

    def person_named(self, row: Verification) -> str:
        if _is_search(row):
            best = row.candidates[0]["name"] if row.candidates else ""
            if row.outcome == NO_MATCH:
                return gettext("anybody of your gallery")
            return best or gettext("somebody")
        return row.person_name or gettext("the person in the photo")

    def person_id(self, row: Verification) -> str | None:
        if row.candidates and row.outcome != NO_MATCH:
            return row.candidates[0]["person_id"]
        return super().person_id(row)

    def whom(self, row: Verification) -> str:
        return self.person_named(row)

    def again(self, row: Verification) -> Link:
        return Link(gettext("Start another"), reverse("live"))

    def result_context(self, result: "Result") -> dict[str, Any]:
        return {"live": LiveTraces(result.verification)}

    def references(self, row: Verification) -> list[Reference]:
        if not row.reference_image or "reference" not in row.faces:
            return []
        return [Reference("reference", row.reference_image, row.faces["reference"])]


LIVE = Live()


@dataclass(frozen=True)
class Step:
    """A step of the challenge: what was asked, milliseconds from the session's start, what was measured
    and the position of its picture."""

    ask: str
    asked_ms: int
    done_ms: int
    measured: dict[str, float]
    position: int


class LiveTraces:
    """What is kept of a session beside its verdict, for its page."""

    def __init__(self, verification: Verification):
        self.verification = verification
        self.session = getattr(verification, "live_session", None)
        photos = [photo for photo in verification.photos.order_by("position") if photo.face]
        self.steps = [_step(photo) for photo in photos if "step" in photo.face]
        self.frames = [photo for photo in photos if "step" not in photo.face]

    @property
    def challenge(self) -> str:
        """`passed`, `failed`, `not_done`, or "" where none was asked for."""
        return self.session.challenge if self.session else ""

    @property
    def reasons(self) -> list[str]:
        """Codes of why the challenge was not passed."""
        return self.session.reasons if self.session else []


def _step(photo: SearchPhoto) -> Step:
    said = photo.face
    return Step(said["step"], said["asked_ms"], said["done_ms"], said["measured"], photo.position)


def _is_search(row: Verification) -> bool:
    session = getattr(row, "live_session", None)
    return session is not None and session.task == "identify"
