"""Pages of webhooks, in the account area."""

from django.urls import path

from . import views

urlpatterns = [
    path("account/webhooks/", views.webhooks, name="webhooks"),
    path("account/webhooks/<uuid:id>/", views.webhook, name="webhook"),
    path("account/webhooks/<uuid:id>/log/", views.log, name="webhook_log"),
    path("account/webhooks/<uuid:id>/rotate/", views.rotate, name="webhook_rotate"),
    path("account/webhooks/<uuid:id>/test/", views.test, name="webhook_test"),
    path("account/webhooks/<uuid:id>/switch/", views.switch, name="webhook_switch"),
    path("account/webhooks/<uuid:id>/delete/", views.delete, name="webhook_delete"),
    path("account/webhooks/deliveries/<uuid:id>/resend/", views.resend, name="delivery_resend"),
]
