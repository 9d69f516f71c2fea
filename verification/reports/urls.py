"""The report of a verdict."""

from django.urls import path

from . import views

urlpatterns = [
    path("verifications/<uuid:id>/report.pdf", views.report, name="verification_report"),
]
