"""Routes of /api/v1/ that are about the account."""

from rest_framework.routers import SimpleRouter

from .audit import AuditViewSet
from .views import ApiKeyViewSet

app_name = "keys_api"

router = SimpleRouter(use_regex_path=False)
router.register("keys", ApiKeyViewSet, basename="key")
router.register("audit", AuditViewSet, basename="audit")

urlpatterns = router.urls
