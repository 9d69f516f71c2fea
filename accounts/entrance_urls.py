"""Pages of people who are on their way in, below /accounts/ as those of allauth."""

from allauth.socialaccount import views as social
from django.urls import path, re_path

from .invitations.views import invitation
from .openid import views as openid

urlpatterns = [
    path("invitation/<slug:token>/", invitation, name="invitation"),
    re_path(r"^oidc/(?P<provider_id>openid)/login/$", openid.login, name="openid_connect_login"),
    re_path(
        r"^oidc/(?P<provider_id>openid)/login/callback/$",
        openid.callback,
        name="openid_connect_callback",
    ),
    path("social/login/cancelled/", social.login_cancelled, name="socialaccount_login_cancelled"),
    path("social/login/error/", social.login_error, name="socialaccount_login_error"),
    path("social/signup/", social.signup, name="socialaccount_signup"),
    path("social/", social.connections, name="socialaccount_connections"),
]
