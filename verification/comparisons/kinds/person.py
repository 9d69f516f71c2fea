"""Does a photo show this person of the gallery?"""

from uuid import UUID

import numpy as np
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, gettext_lazy

from ... import engine
from ...calibration.own_thresholds import thresholds_of
from ...gallery.access import people_for
from ...gallery.embeddings import decrypt_embedding
from ...gallery.models import Anchor, Person, consent_ended
from ...gallery.selectors import person_get
from ...gallery.worker import PAUSE, embed_again, hurry, of_other_models, read, under_way
from ...jobs.claims import Claim, end_refused, requeue
from ...jobs.refusals import Refusal
from ...photos.requests import SignedInRequest
from ...text.sentences import said, sentence
from ..models import Verification
from ..outcome import end_with_verdict
from ..pages import submission_view
from ..submission import Submission
from .base import (
    INCONCLUSIVE,
    MATCH,
    NO_MATCH,
    EmbedAnchors,
    Kind,
    Link,
    Reference,
    SecondOpinion,
    conditions_of,
)

PERSON_DELETED = Refusal(
    "person_deleted",
    sentence("The person was deleted from the gallery before the photo was compared."),
    sentence("Choose another person."),
)
CONSENT_ENDED = Refusal(
    "consent_ended",
    sentence("The person's consent has ended, so their face is not compared any more."),
    sentence("If the person has agreed again, record it on their page, then compare again."),
)
NO_PHOTO_OF_PERSON = Refusal(
    "person_without_photos",
    sentence("None of the person's photos can be used."),
    sentence("Add a photo that shows the person's face clearly."),
)


class WithPerson(Kind):
    """Compare a photo with all photos of one person together."""

    name = "person"
    label = gettext_lazy("a photo and a person")
    template = "comparisons/person.html"
    section = "people"
    setting = gettext_lazy("photos of somebody else would be called a match.")
    headlines = {
        MATCH: gettext_lazy("Probably {name}"),
        NO_MATCH: gettext_lazy("Probably not {name}"),
        INCONCLUSIVE: gettext_lazy("Cannot tell; perhaps {name}"),
    }
    doubt = gettext_lazy("Cannot tell whether it is {name}")
    endpoint = "api:verification-list"
    can_ask_again = True

    def urls(self) -> list[URLPattern]:
        return [path("people/<uuid:id>/verify/", person_verify, name="person_verify")]

    def check(self, submission: Submission) -> None:
        person = submission.person
        if person is None or not people_for(submission.owner).filter(pk=person.pk).exists():
            raise ValidationError({"person": gettext("Choose a person of your gallery.")})
        if person.consent_is_over:
            raise ValidationError(
                {"person": f"{said(CONSENT_ENDED.detail)} {said(CONSENT_ENDED.remedy)}"}
            )
        if not person.anchors.exists():
            raise ValidationError(
                {"person": gettext("Add a photo of %(name)s first.") % {"name": person.name}}
            )

    def run(self, claim: Claim[Verification]) -> bool:
        """Once none of the person's photos is still to be embedded."""
        row = claim.row
        compared = Person.objects.filter(pk=row.person_id).first() if row.person_id else None
        if row.person_id is None or compared is None:
            return end_refused(claim, PERSON_DELETED)
        if compared.consent_is_over:
            return end_refused(claim, CONSENT_ENDED)
        model = engine.served_model().sha256
        anchors = Anchor.objects.filter(person_id=row.person_id)
        if embed_again(of_other_models(anchors, model)) or under_way(anchors):
            hurry(anchors, again=row.due_at is not None)
            requeue(claim, countdown=PAUSE)
            return False
        ready = anchors.filter(state=Anchor.State.READY, model_sha256=model)
        stored = list(ready.values_list("pk", "embedding"))
        if not stored:
            return end_refused(claim, PERSON_DELETED if _is_gone(claim) else NO_PHOTO_OF_PERSON)
        embeddings = np.stack([decrypt_embedding(embedding) for _pk, embedding in stored])
        verdict = _compared(row, embeddings, thresholds_of(row.owner_id, row.gallery_id))
        scores = [
            {"anchor_id": str(pk), "similarity": similarity}
            for (pk, _embedding), similarity in zip(stored, verdict.similarities, strict=True)
        ]
        person = {"person": row.person_id}
        if end_with_verdict(claim, verdict, only_if=person, anchor_scores=scores):
            return True
        if _is_gone(claim):
            return end_refused(claim, PERSON_DELETED)
        requeue(claim, countdown=0)  # the person was merged into another: once more with all
        return False

    def ask_again(self, row: Verification, embed_anchors: EmbedAnchors) -> SecondOpinion | None:
        embedded = embed_anchors(_anchors_compared(row).exclude(consent_ended("person__")))
        if not embedded:
            return None
        embeddings = np.stack([embedding for _person, embedding in embedded])
        return SecondOpinion(_compared(row, embeddings, engine.MODELS_OWN).decision)

    def whom(self, row: Verification) -> str:
        return self.person_named(row)

    def found(self, row: Verification) -> str:
        words = {
            MATCH: "{name}",
            NO_MATCH: gettext("not {name}"),
            INCONCLUSIVE: gettext("perhaps {name}"),
        }
        return words[row.outcome].format(name=self.person_named(row))

    def again(self, row: Verification) -> Link:
        if row.person_id is None:
            return super().again(row)
        return Link(gettext("Verify another photo"), reverse("person_verify", args=[row.person_id]))

    def points(
        self, row: Verification, thresholds: engine.OwnThresholds
    ) -> tuple[engine.OperatingPoint, ...]:
        return engine.points_of_search(
            row.model_sha256,
            conditions_of(row, "probe"),
            anchors=len(row.anchor_scores),
            thresholds=thresholds,
        )

    def references(self, row: Verification) -> list[Reference]:
        anchors = _anchors_compared(row).filter(person=row.person_id, is_numbers=False)
        return [
            Reference(f"anchor-{number}", anchor.image, anchor.face)
            for number, anchor in enumerate(anchors.defer("embedding").order_by("pk"), 1)
        ]


PERSON = WithPerson()


def _compared(
    row: Verification, anchors: np.ndarray, thresholds: engine.OwnThresholds
) -> engine.PersonVerdict:
    return engine.compare_with_person(
        read(row.probe_image),
        anchors,
        false_match_rate=row.false_match_rate,
        face_index=row.probe_face,
        thresholds=thresholds,
    )


def _anchors_compared(row: Verification) -> QuerySet[Anchor]:
    """Those of the anchors that a verdict was given on which are still there."""
    ids = [score["anchor_id"] for score in row.anchor_scores]
    return Anchor.objects.filter(pk__in=ids)


def _is_gone(claim: Claim[Verification]) -> bool:
    """Whether the person was deleted while the claim is still held."""
    return claim.held.filter(person=None).exists()


@login_required
def person_verify(request: SignedInRequest, id: UUID) -> HttpResponse:
    return submission_view(request, PERSON, person=person_get(owner=request.user, id=id))
