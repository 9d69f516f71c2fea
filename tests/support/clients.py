"""Clients of the site for tests: a browser that is signed in, and a program with an API key."""

import time

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.internal.flows.login import _AUTHENTICATION_METHODS_USER_SESSION_KEY
from django.test import Client
from rest_framework.test import APIClient

from accounts.services import api_key_create
from faceverify.api.scopes import USUAL


def browser(user=None) -> Client:
    """A browser, signed in as `user` if there is one, who was asked for the password a moment ago."""
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
        reauthenticate(client, user)
    return client


def reauthenticate(client: Client, user, *, seconds_ago: float = 0) -> None:
    """As if the user had just answered who they are; see accounts/reauthentication.py."""
    session = client.session
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [
        {"method": "password", "at": time.time() - seconds_ago, "reauthenticated": True}
    ]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()


def program(user=None, scopes=USUAL, gallery=None) -> APIClient:
    """A program, with an API key of `user` if there is one, bound to a gallery if there is one."""
    client = APIClient(raise_request_exception=False)
    if user is not None:
        _key, secret = api_key_create(owner=user, name="program", scopes=scopes, gallery=gallery)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client
