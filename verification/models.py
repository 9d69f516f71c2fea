"""The models of this app, each defined in the folder of its capability."""

from .batches.models import Batch, BatchPair, BatchPhoto
from .calibration.models import GalleryCalibration
from .comparisons.models import Verification, Worker
from .gallery.models import Anchor, Change, GalleryVersion, Person, Suggestion
from .model_change.models import ActiveModel, ModelPreview, PreviewedVerdict
from .reviews.models import Review
from .searches.models import SearchPhoto
from .transfers.models import GalleryExport, GalleryImport, ImportedFile
from .webhooks.models import Delivery, Try, Webhook

__all__ = [
    "ActiveModel",
    "Anchor",
    "Batch",
    "BatchPair",
    "BatchPhoto",
    "Change",
    "Delivery",
    "GalleryCalibration",
    "GalleryExport",
    "GalleryImport",
    "GalleryVersion",
    "ImportedFile",
    "ModelPreview",
    "Person",
    "PreviewedVerdict",
    "Review",
    "SearchPhoto",
    "Suggestion",
    "Try",
    "Verification",
    "Webhook",
    "Worker",
]
