"""Reads, always scoped to an owner."""

from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import Http404

from accounts.models import User

from .. import engine
from ..gallery.access import galleries_for
from ..gallery.gallery_models import Gallery, Role
from ..gallery.models import Anchor, Person, consent_ended
from ..text.sentences import said, sentence
from .models import GalleryCalibration

NEEDED = sentence(
    "Measuring needs %(people_needed)s people with a photo that can be used, %(several_needed)s of them with two or more. Your gallery has %(people)s and %(several)s."
)

MIN_PEOPLE = 10  # with a photo, to measure at all
MIN_SEVERAL = 5  # of them with two or more


@dataclass(frozen=True)
class GallerySize:
    """How much there is to measure, compared with what a measurement needs."""

    people: int
    several: int

    @property
    def is_enough(self) -> bool:
        return self.people >= MIN_PEOPLE and self.several >= MIN_SEVERAL

    @property
    def words(self) -> str:
        """What is lacking, in the reader's language."""
        return said(self.in_english)

    @property
    def in_english(self) -> str:
        """The same, as it is stored."""
        return NEEDED % {
            "people_needed": MIN_PEOPLE,
            "several_needed": MIN_SEVERAL,
            "people": self.people,
            "several": self.several,
        }


def gallery_size(*, gallery: Gallery | UUID) -> GallerySize:
    """How many people who may be compared have ready photos. `gallery`: one, or its id."""
    people = Person.objects.filter(gallery=gallery).exclude(consent_ended()).order_by()
    counts = people.aggregate(
        some=Count("pk", filter=Q(ready_count__gte=1)),
        several=Count("pk", filter=Q(ready_count__gte=2)),
    )
    return GallerySize(counts["some"], counts["several"])


def embeddings_of(*, gallery_id: UUID, model_sha256: str) -> QuerySet[Anchor, tuple]:
    """(person, encrypted embedding) of every ready anchor of a gallery that this model has embedded,
    of people whose consent has not ended."""
    ready = Anchor.objects.filter(
        gallery=gallery_id,
        person__isnull=False,
        state=Anchor.State.READY,
        model_sha256=model_sha256,
    )
    ready = ready.exclude(consent_ended("person__")).order_by("pk")
    return ready.values_list("person_id", "embedding")


def calibrations_for(user: User, role: str = Role.VIEWER) -> QuerySet[GalleryCalibration]:
    return GalleryCalibration.objects.filter(gallery__in=galleries_for(user, role))


def calibration_get(*, owner: User, id, role: str = Role.VIEWER) -> GalleryCalibration:
    """One of the calibrations of the user's galleries; Http404 for anything else."""
    try:
        return calibrations_for(owner, role).get(pk=id)
    except (GalleryCalibration.DoesNotExist, ValidationError, ValueError):
        raise Http404("There is no such calibration.") from None


def latest(*, gallery: Gallery) -> GalleryCalibration | None:
    """The gallery's newest measurement, in whatever state."""
    return GalleryCalibration.objects.filter(gallery=gallery).first()


def applied(*, gallery: Gallery) -> GalleryCalibration | None:
    """The calibration that is applied in the gallery, of whatever model."""
    return GalleryCalibration.objects.filter(gallery=gallery, applied_at__isnull=False).first()


def in_force(calibration: GalleryCalibration | None) -> bool:
    """Whether it decides verdicts: it is applied, and was made with the model that is served."""
    if calibration is None or calibration.applied_at is None:
        return False
    try:
        return calibration.model_sha256 == engine.model_identity().sha256
    except engine.ArtifactError:
        return False
