"""Pages: the review of a verdict, the agreement with all of them, and the export."""

from django.urls import path

from . import views

urlpatterns = [
    path("verifications/<uuid:id>/review/", views.review, name="verification_review"),
    path("history/agreement/", views.agreement_page, name="agreement"),
    path("history/reviewed-pairs.zip", views.export_pairs, name="reviewed_pairs"),
]
