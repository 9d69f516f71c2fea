"""Pages: teams."""

from django.urls import path

from . import views

urlpatterns = [
    path("galleries/shared/", views.teams, name="teams"),
    path(
        "galleries/invitations/<uuid:id>/accept/",
        views.invitation_accept,
        name="gallery_invitation_accept",
    ),
    path(
        "galleries/invitations/<uuid:id>/decline/",
        views.invitation_decline,
        name="gallery_invitation_decline",
    ),
    path("galleries/<uuid:id>/members/", views.team, name="team"),
    path("galleries/<uuid:id>/members/role/", views.member_role, name="team_role"),
    path("galleries/<uuid:id>/members/remove/", views.member_remove, name="team_remove"),
    path("galleries/<uuid:id>/members/leave/", views.leave, name="team_leave"),
    path("galleries/<uuid:id>/members/takes-over/", views.takes_over, name="team_takes_over"),
    path("galleries/<uuid:id>/members/hand-over/", views.hand_over, name="team_hand_over"),
    path(
        "galleries/<uuid:id>/members/withdraw/",
        views.invitation_withdraw,
        name="gallery_invitation_withdraw",
    ),
]
