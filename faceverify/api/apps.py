from django.apps import AppConfig


class RestConfig(AppConfig):
    name = "faceverify.api"
    label = "rest"
    default_auto_field = "django.db.models.BigAutoField"
