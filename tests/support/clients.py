"""Clients of the site for tests: a browser that is signed in, and a program with an API key."""

from django.test import Client
from rest_framework.test import APIClient

from accounts.services import api_key_create
from faceverify.api.scopes import USUAL


def browser(user=None) -> Client:
    """A browser, signed in as `user` if there is one."""
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def program(user=None, scopes=USUAL) -> APIClient:
    """A program, with an API key of `user` if there is one."""
    client = APIClient(raise_request_exception=False)
    if user is not None:
        _key, secret = api_key_create(owner=user, name="program", scopes=scopes)
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {secret}")
    return client
