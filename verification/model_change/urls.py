"""Page: the model in use, and what a change of it does."""

from django.urls import path

from . import views

urlpatterns = [path("model/", views.model_change, name="model_change")]
