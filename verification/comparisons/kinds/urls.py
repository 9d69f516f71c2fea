"""Pages: one photo against many, a group photo against the gallery, and the photos of a search."""

from django.urls import path

from . import many_views

urlpatterns = [
    path("compare/many/", many_views.photos, name="search_photos"),
    path("identify/group/", many_views.group, name="identify_group"),
    path(
        "verifications/<uuid:id>/photos/<int:position>/<slug:which>.jpg",
        many_views.image,
        name="search_image",
    ),
]
