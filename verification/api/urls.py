"""Routes of /api/v1/."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from .batches import BatchViewSet
from .bulk_changes import BulkChangeViewSet
from .calibrations import CalibrationView, CalibrationViewSet
from .changes import ChangeViewSet, SuggestionViewSet
from .facts import ModelsView, OperatingPointsView, UsageView
from .galleries import GalleryViewSet
from .gallery_io import ExportViewSet, ImportViewSet
from .live import LiveSessionViewSet
from .looks import (
    DetectViewSet,
    DryIdentificationViewSet,
    DryVerificationViewSet,
    EmbeddingSearchViewSet,
    EmbeddingViewSet,
    PersonEmbeddingViewSet,
)
from .model_change import ModelChangeView
from .people import AnchorViewSet, PersonViewSet
from .retention import DownloadViewSet, PersonErasureView, ReceiptViewSet, RetentionView
from .reviews import AgreementView, ReviewedPairsView, ReviewView
from .searches import GroupIdentificationViewSet, SearchViewSet
from .selection import SelectionViewSet
from .teams import (
    GalleryInvitationViewSet,
    HandOverView,
    InvitationsView,
    InvitationView,
    MembersView,
    MemberView,
)
from .unknown_faces import UnknownFacesViewSet
from .views import IdentificationViewSet, VerificationViewSet
from .webhooks import DeliveryViewSet, WebhookViewSet

app_name = "api"

router = SimpleRouter(use_regex_path=False)
router.register("verifications", VerificationViewSet, basename="verification")
router.register("identifications", IdentificationViewSet, basename="identification")
router.register("detect", DetectViewSet, basename="detect")
router.register("embeddings/search", EmbeddingSearchViewSet, basename="embedding-search")
router.register("embeddings", EmbeddingViewSet, basename="embedding")
router.register("verifications/dry", DryVerificationViewSet, basename="dry-verification")
router.register("identifications/dry", DryIdentificationViewSet, basename="dry-identification")
router.register("calibrations", CalibrationViewSet, basename="calibration")
router.register("searches", SearchViewSet, basename="search")
router.register(
    "group_identifications", GroupIdentificationViewSet, basename="group-identification"
)
router.register("galleries", GalleryViewSet, basename="gallery")
router.register("people", PersonViewSet, basename="person")
router.register("anchors", AnchorViewSet, basename="anchor")
router.register("changes", ChangeViewSet, basename="change")
router.register("batches", BatchViewSet, basename="batch")
router.register("webhooks", WebhookViewSet, basename="webhook")
router.register("webhook_deliveries", DeliveryViewSet, basename="webhook-delivery")
router.register("gallery_invitations", GalleryInvitationViewSet, basename="gallery-invitation")
router.register("suggestions", SuggestionViewSet, basename="suggestion")
router.register("imports", ImportViewSet, basename="import")
router.register("bulk_changes", BulkChangeViewSet, basename="bulk-change")
router.register("exports", ExportViewSet, basename="export")
router.register("live_sessions", LiveSessionViewSet, basename="live-session")
router.register("receipts", ReceiptViewSet, basename="receipt")
router.register("downloads", DownloadViewSet, basename="download")

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path("docs/", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path("models/", ModelsView.as_view(), name="models"),
    path("operating_points/", OperatingPointsView.as_view(), name="operating-points"),
    path("usage/", UsageView.as_view(), name="usage"),
    path("verifications/<uuid:pk>/review/", ReviewView.as_view(), name="review"),
    path("retention/", RetentionView.as_view(), name="retention"),
    path(
        "people/<uuid:pk>/embeddings/",
        PersonEmbeddingViewSet.as_view({"post": "create"}),
        name="person-embedding-list",
    ),
    path("people/<uuid:pk>/erase/", PersonErasureView.as_view(), name="person-erasure"),
    path("galleries/<uuid:pk>/members/", MembersView.as_view(), name="members"),
    path("galleries/<uuid:pk>/members/<uuid:user>/", MemberView.as_view(), name="member"),
    path("galleries/<uuid:pk>/invitations/", InvitationsView.as_view(), name="gallery-invitations"),
    path(
        "galleries/<uuid:pk>/invitations/<uuid:invitation>/",
        InvitationView.as_view(),
        name="gallery-invitation",
    ),
    path("galleries/<uuid:pk>/hand_over/", HandOverView.as_view(), name="gallery-hand-over"),
    path("calibration/", CalibrationView.as_view(), name="calibration-in-force"),
    path("model_change/", ModelChangeView.as_view(), name="model-change"),
    path("agreement/", AgreementView.as_view(), name="agreement"),
    path("reviewed_pairs/", ReviewedPairsView.as_view(), name="reviewed-pairs"),
    path(
        "batches/<uuid:pk>/results.csv",
        BatchViewSet.as_view({"get": "results_csv"}),
        name="batch-results-csv",
    ),
    path(
        "people/selection/",
        SelectionViewSet.as_view({"post": "create"}),
        name="people-selection",
    ),
    path(
        "unknown_faces/",
        UnknownFacesViewSet.as_view({"get": "current", "post": "gather"}),
        name="unknown-faces",
    ),
    path(
        "unknown_faces/name/",
        UnknownFacesViewSet.as_view({"post": "assign"}),
        name="unknown-faces-name",
    ),
    path(
        "unknown_faces/dismiss/",
        UnknownFacesViewSet.as_view({"post": "dismiss"}),
        name="unknown-faces-dismiss",
    ),
    *router.urls,
]
