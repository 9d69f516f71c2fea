"""Routes of /api/v1/."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import SimpleRouter

from .views import VerificationViewSet

app_name = "api"

router = SimpleRouter(use_regex_path=False)
router.register("verifications", VerificationViewSet, basename="verification")

urlpatterns = [path("schema/", SpectacularAPIView.as_view(), name="schema"), *router.urls]
