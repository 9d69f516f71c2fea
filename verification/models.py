"""The models of this app, each defined in the folder of its capability."""

from .batches.models import Batch, BatchPair, BatchPhoto
from .comparisons.models import Verification, Worker
from .gallery.models import Anchor, Change, Person, Suggestion
from .reviews.models import Review
from .searches.models import SearchPhoto
from .webhooks.models import Delivery, Try, Webhook

__all__ = [
    "Anchor",
    "Batch",
    "BatchPair",
    "BatchPhoto",
    "Change",
    "Delivery",
    "Person",
    "Review",
    "SearchPhoto",
    "Suggestion",
    "Try",
    "Verification",
    "Webhook",
    "Worker",
]
