"""Pages: one photo against many, a group photo against the gallery, and the photos of a search."""

from django.urls import path

from . import views

urlpatterns = [
    path("compare/many/", views.photos, name="search_photos"),
    path("identify/group/", views.group, name="identify_group"),
    path(
        "verifications/<uuid:id>/photos/<int:position>/<slug:which>.jpg",
        views.image,
        name="search_image",
    ),
]
