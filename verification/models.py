"""The models of this app, each defined in the folder of its capability."""

from .comparisons.models import Verification, Worker
from .gallery.models import Anchor, Person

__all__ = ["Anchor", "Person", "Verification", "Worker"]
