"""Pages: keeping, erasing, downloads, closing the account."""

from django.urls import path

from . import views

urlpatterns = [
    path("account/retention/", views.retention, name="retention"),
    path("account/receipts/", views.receipts, name="receipts"),
    path("account/downloads/", views.downloads, name="downloads"),
    path("account/downloads/status/", views.downloads_status, name="downloads_status"),
    path("account/downloads/<uuid:id>/everything.zip", views.download_fetch, name="download_fetch"),
    path("account/downloads/<uuid:id>/retry/", views.download_retry, name="download_retry"),
    path("account/downloads/<uuid:id>/delete/", views.download_delete, name="download_delete"),
    path("account/close/", views.account_close_page, name="account_close"),
    path("people/<uuid:id>/erase/", views.person_erase, name="person_erase"),
    path("receipts/<uuid:receipt_id>/", views.receipt, name="receipt"),
    path("receipts/<uuid:receipt_id>.json", views.receipt_json, name="receipt_json"),
]
