"""The models of this app, each defined in the folder of its capability."""

from .batches.models import Batch, BatchPair, BatchPhoto
from .bulk_changes.models import BulkChange
from .calibration.models import GalleryCalibration
from .comparisons.compared_photos import SearchPhoto
from .comparisons.models import Verification
from .engine.models import ActiveModel
from .explanations.models import Explanation
from .first_run.models import ClosedSteps
from .gallery.block_models import Departure, TemplateBlock
from .gallery.gallery_models import Gallery
from .gallery.membership_models import Membership
from .gallery.models import Anchor, Change, Person, Suggestion
from .gallery.tag_models import PersonTag
from .gallery_io.models import GalleryExport, GalleryImport, ImportedFile
from .jobs.models import PrunedUpTo, Worker
from .live.models import LiveSession
from .looks.models import Look
from .model_change.models import ModelPreview, PreviewedVerdict
from .reports.models import ReportKey
from .retention.models import (
    AccountExport,
    ClosingAccount,
    Erased,
    Receipt,
    RetentionRule,
    RetentionRun,
)
from .reviews.models import Review
from .sightings.models import Sighting
from .teams.models import GalleryInvitation
from .unknown_faces.models import FaceGathering
from .webhooks.models import Delivery, DeliveryAttempt, Webhook

__all__ = [
    "AccountExport",
    "ActiveModel",
    "Anchor",
    "Batch",
    "BatchPair",
    "BatchPhoto",
    "BulkChange",
    "Change",
    "ClosedSteps",
    "ClosingAccount",
    "Delivery",
    "DeliveryAttempt",
    "Departure",
    "Erased",
    "Explanation",
    "FaceGathering",
    "Gallery",
    "GalleryCalibration",
    "GalleryExport",
    "GalleryImport",
    "GalleryInvitation",
    "ImportedFile",
    "LiveSession",
    "Look",
    "Membership",
    "ModelPreview",
    "Person",
    "PersonTag",
    "PreviewedVerdict",
    "PrunedUpTo",
    "Receipt",
    "ReportKey",
    "RetentionRule",
    "RetentionRun",
    "Review",
    "SearchPhoto",
    "Sighting",
    "Suggestion",
    "TemplateBlock",
    "Verification",
    "Webhook",
    "Worker",
]
