"""The models of this app, each defined in the folder of its capability."""

from .comparisons.models import Verification, Worker
from .gallery.models import Anchor, Change, Person
from .reviews.models import Review

__all__ = ["Anchor", "Change", "Person", "Review", "Verification", "Worker"]
