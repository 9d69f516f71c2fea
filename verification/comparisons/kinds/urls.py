"""Pages: a photo against a person, the gallery, or many photos; a group photo; photos of a search."""

from django.urls import path

from . import many_views, person_views

urlpatterns = [
    path("people/<uuid:id>/verify/", person_views.person_verify, name="person_verify"),
    path("identify/", person_views.identify, name="identify"),
    path(
        "verifications/<uuid:id>/add/<slug:which>/",
        person_views.verification_add,
        name="verification_add",
    ),
    path("compare/many/", many_views.photos, name="search_photos"),
    path("identify/group/", many_views.group, name="identify_group"),
    path(
        "verifications/<uuid:id>/photos/<int:position>/<slug:which>.jpg",
        many_views.image,
        name="search_image",
    ),
]
