"""Pages: the gallery."""

from django.urls import path

from . import change_views, gallery_views, photo_views, views

urlpatterns = [
    path("galleries/", gallery_views.gallery_list, name="galleries"),
    path("galleries/<uuid:id>/", gallery_views.gallery, name="gallery"),
    path("galleries/<uuid:id>/delete/", gallery_views.gallery_delete, name="gallery_delete"),
    path("galleries/<uuid:id>/faces/", gallery_views.nameless, name="nameless"),
    path("galleries/<uuid:id>/faces/name/", gallery_views.nameless_name, name="nameless_name"),
    path("people/", views.people, name="people"),
    path("people/new/", views.person_add, name="person_add"),
    path("people/changes/", change_views.changes, name="changes"),
    path("people/changes/undo/", change_views.undo, name="changes_undo"),
    path("people/changes/erase/", change_views.erase, name="changes_erase"),
    path(
        "people/suggestions/<uuid:id>/dismiss/",
        change_views.suggestion_dismiss,
        name="suggestion_dismiss",
    ),
    path("people/<uuid:id>/", views.person, name="person"),
    path("people/<uuid:id>/edit/", views.person_edit, name="person_edit"),
    path("people/<uuid:id>/delete/", views.person_delete, name="person_delete"),
    path("people/<uuid:id>/merge/", views.person_merge, name="person_merge"),
    path("people/<uuid:id>/photos/", photo_views.photos_add, name="photos_add"),
    path("people/<uuid:id>/photos/fresh/", photo_views.photos_fresh, name="photos_fresh"),
    path("people/<uuid:id>/photos/selected/", photo_views.photos_selected, name="photos_selected"),
    path("people/<uuid:id>/photos/move/", photo_views.photos_move, name="photos_move"),
    path("photos/<uuid:id>/", photo_views.photo, name="photo"),
    path("photos/<uuid:id>/<slug:which>.jpg", photo_views.photo_image, name="photo_image"),
    path("photos/<uuid:id>/<slug:action>/", photo_views.photo_do, name="photo_do"),
]
