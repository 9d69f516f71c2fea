"""Page: thresholds measured on the owner's gallery."""

from django.urls import path

from . import views

urlpatterns = [
    path("calibration/", views.calibration, name="calibration"),
    path("calibration/start/", views.start, name="calibration_start"),
    path("calibration/<uuid:id>/apply/", views.apply, name="calibration_apply"),
    path("calibration/withdraw/", views.withdraw, name="calibration_withdraw"),
]
