"""Root URLs."""

from django.urls import include, path
from django.views.decorators.cache import cache_control
from django.views.i18n import JavaScriptCatalog, set_language

from accounts.operator.views import privacy

from . import health
from .api.root import RootView
from .metrics.views import metrics
from .web_manifest import web_manifest

# Pages ask for it with their language in the address, so that another choice is another file.
words = cache_control(private=True, max_age=3600)(JavaScriptCatalog.as_view())

urlpatterns = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("manifest.webmanifest", web_manifest, name="web_manifest"),
    path("metrics", metrics, name="metrics"),
    path("api/v1/", RootView.as_view(), name="api_root"),
    path("api/v1/", include("verification.api.urls")),
    path("api/v1/", include("accounts.api.urls")),
    path("api/v1/", include("verification.compreface.urls")),
    path("accounts/", include("allauth.account.urls")),
    path("accounts/", include("accounts.entrance_urls")),
    path("privacy/", privacy, name="privacy"),
    path("language/", set_language, name="set_language"),
    path("language/words.js", words, name="javascript_catalog"),
    path("accounts/2fa/", include("allauth.mfa.urls")),
    path("account/", include("accounts.urls")),
    path("console/", include("faceverify.console.urls")),
    path("", include("verification.comparisons.urls")),
    path("", include("verification.first_run.urls")),
    path("", include("verification.unknown_faces.urls")),
    path("", include("verification.bulk_changes.urls")),
    path("", include("verification.gallery.urls")),
    path("", include("verification.gallery_io.urls")),
    path("", include("verification.teams.urls")),
    path("", include("verification.history.urls")),
    path("", include("verification.webhooks.urls")),
    path("", include("verification.batches.urls")),
    path("", include("verification.live.urls")),
    path("", include("verification.explanations.urls")),
    path("", include("verification.reports.urls")),
    path("", include("verification.sightings.urls")),
    path("", include("verification.reviews.urls")),
    path("", include("verification.calibration.urls")),
    path("", include("verification.model_change.urls")),
    path("", include("verification.retention.urls")),
    path("", include("verification.rekognition.urls")),
]

handler400 = "faceverify.api.problems.bad_request"
handler403 = "faceverify.api.problems.permission_denied"
handler404 = "faceverify.api.problems.not_found"
handler500 = "faceverify.api.problems.server_error"
