"""The five first steps, and which of them are done. Nothing is stored of them: they are read from what there
is."""

from dataclasses import dataclass

from django.utils.translation import gettext

from accounts.models import User

from ..comparisons.models import Verification
from ..gallery.models import Anchor, Person
from .models import ClosedSteps

WITH_PEOPLE = ("person", "identify", "group")


@dataclass(frozen=True)
class Step:
    words: str
    hint: str
    url: str  # its name
    is_done: bool


def steps_of(owner: User) -> list[Step]:
    verdicts = Verification.objects.filter(owner=owner)
    return [
        Step(
            gettext("Compare two photos"),
            gettext("Your own, or the drawn ones above."),
            "compare",
            verdicts.exists(),
        ),
        Step(
            gettext("Add somebody to your gallery"),
            gettext("People whom you want to recognise again."),
            "person_add",
            Person.objects.filter(owner=owner).exists(),
        ),
        Step(
            gettext("Give them a photo"),
            gettext("Two or more, taken on different days, recognise best."),
            "people",
            Anchor.objects.filter(owner=owner).exists(),
        ),
        Step(
            gettext("Ask who is on a new photo"),
            gettext("It is compared with everybody in your gallery."),
            "identify",
            verdicts.filter(kind__in=WITH_PEOPLE).exists(),
        ),
        Step(
            gettext("Say whether a verdict was right"),
            gettext("Under each verdict: it shows how far you can trust them."),
            "history",
            verdicts.filter(review__isnull=False).exists(),
        ),
    ]


def steps_close(*, owner: User) -> None:
    ClosedSteps.objects.get_or_create(owner=owner)


def steps_are_closed(*, owner: User) -> bool:
    return ClosedSteps.objects.filter(owner=owner).exists()
