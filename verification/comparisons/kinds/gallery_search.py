"""What the kinds that search the owner's gallery have in common: somebody has to be in it."""

from abc import abstractmethod
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from ...gallery.access import default_gallery
from ...gallery.gallery_choice import gallery_choice
from ...gallery.gallery_models import Gallery
from ...gallery.index import GalleryIndex
from ...gallery.models import Person
from ...gallery.selectors import has_named_photos
from ...gallery.worker import templates_of
from ...jobs.claims import Claim, end_refused
from ...jobs.refusals import Refusal
from ...photos.requests import SignedInRequest
from ...text.sentences import sentence
from ..models import Verification
from ..submission import Submission
from .base import Kind

GALLERY_EMPTY = Refusal(
    "gallery_empty",
    sentence("Nobody in the gallery has a photo that can be used."),
    sentence("Add people and photos that show their faces clearly."),
)


class GallerySearch(Kind):
    section = "identify"

    def page_context(self, request: SignedInRequest) -> dict[str, Any]:
        choice = gallery_choice(request)
        return {"galleries": choice, "gallery_is_empty": not has_named_photos(choice.chosen)}

    def usual_rate(self, request: SignedInRequest, person: Person | None) -> float | None:
        return gallery_choice(request).chosen.false_match_rate

    def submission_of(self, request: SignedInRequest, submission: Submission) -> Submission:
        return replace(submission, gallery=gallery_choice(request).chosen)

    def check(self, submission: Submission) -> None:
        """Raises ValidationError when there is nobody to find."""
        if not has_named_photos(self.gallery_of(submission)):
            raise ValidationError(
                gettext("Your gallery has no photos yet: add people and their photos first.")
            )

    def gallery_of(self, submission: Submission) -> Gallery:
        return submission.gallery or default_gallery(submission.owner)

    def run(self, claim: Claim[Verification]) -> bool:
        """Search once every anchor of the owner is of the model in use."""
        people = templates_of(claim, claim.row.gallery_id)
        if people is None:
            return False
        if not people.size:
            return end_refused(claim, GALLERY_EMPTY)
        return self.search(claim, people)

    @abstractmethod
    def search(self, claim: Claim[Verification], index: GalleryIndex) -> bool:
        """Find the faces among the owner's people, and end the claim as `run` does."""
