"""Trying with the samples."""

from django.db import transaction
from django.utils.translation import gettext

from accounts.models import User

from ..comparisons.kinds.pair import PAIR
from ..comparisons.models import Verification
from ..comparisons.submission import Submission, UploadedPhoto, submit
from ..gallery import services as gallery
from ..gallery.models import Person
from . import samples


def pair_try(*, owner: User, pair: samples.Pair) -> Verification:
    """Compare a sample pair, as if its photos had been sent. Raises as `submit`."""
    photos = {
        "probe": UploadedPhoto(samples.read(pair.probe), pair.probe),
        "reference": UploadedPhoto(samples.read(pair.reference), pair.reference),
    }
    return submit(
        Submission(
            owner=owner,
            kind=PAIR,
            photos=photos,
            title=gettext("Sample: %(words)s") % {"words": pair.words},
        )
    )


def people_try(*, owner: User) -> list[Person]:
    """Put the sample people into the gallery; those that are there already stay as they are. Raises
    QuotaExceeded."""
    known = Person.objects.filter(owner=owner, name__in=samples.PEOPLE).values_list(
        "name", flat=True
    )
    there = set(known)
    added = []
    for name, photos in samples.PEOPLE.items():
        if name in there:
            continue
        with transaction.atomic():
            person = gallery.person_create(owner=owner, name=name, tags=[samples.TAG])
            for photo in photos:
                gallery.anchor_add(person=person, data=samples.read(photo), file_name=photo)
        added.append(person)
    return added
