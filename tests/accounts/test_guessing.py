"""Guessing passwords is slow, and locks nobody else out."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.sign_in.devices import COOKIE
from tests.support.clients import browser

PASSWORD = "correct horse 9"
HOME, STRANGER = "192.0.2.7", "198.51.100.9"

pytestmark = pytest.mark.django_db


def try_password(client: Client, email: str, password: str, address: str):
    return client.post(
        reverse("account_login"), {"login": email, "password": password}, REMOTE_ADDR=address
    )


def is_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def guess(email: str, address: str, times: int = 12) -> Client:
    client = browser()
    for n in range(times):
        try_password(client, email, f"wrong horse {n}", address)
    return client


def test_who_guesses_is_stopped_even_with_the_right_password(user):
    client = guess(user.email, STRANGER, times=5)

    page = try_password(client, user.email, PASSWORD, STRANGER)

    assert "Too many failed login attempts" in page.content.decode()
    assert not is_in(client)


def test_another_browser_at_the_same_address_does_not_get_further_tries(user):
    guess(user.email, STRANGER, times=5)

    client = browser()
    try_password(client, user.email, PASSWORD, STRANGER)

    assert not is_in(client)


def test_a_stranger_does_not_lock_out_a_user_elsewhere(user):
    guess(user.email, STRANGER)

    client = browser()
    try_password(client, user.email, PASSWORD, HOME)

    assert is_in(client)


def test_a_stranger_at_the_same_address_does_not_lock_out_a_browser_that_is_known(user):
    known = browser()
    try_password(known, user.email, PASSWORD, HOME)
    known.post(reverse("account_logout"))
    assert not is_in(known)

    guess(user.email, HOME)
    try_password(known, user.email, PASSWORD, HOME)

    assert is_in(known)


def test_a_known_browser_may_not_guess_for_ever_either(user):
    thief = browser()
    try_password(thief, user.email, PASSWORD, HOME)
    thief.post(reverse("account_logout"))
    for n in range(10):
        try_password(thief, user.email, f"wrong horse {n}", f"203.0.113.{n}")

    try_password(thief, user.email, PASSWORD, "203.0.113.99")

    assert not is_in(thief)


def test_one_address_may_not_try_one_password_on_many_accounts(user):
    client = browser()
    for n in range(10):
        try_password(client, f"user{n}@example.org", "summer 2026", STRANGER)

    try_password(client, user.email, PASSWORD, STRANGER)

    assert not is_in(client)


def test_an_ipv6_network_counts_as_one_address(user):
    for n in range(5):
        try_password(browser(), user.email, f"wrong horse {n}", f"2001:db8:1:1::{n}")

    client = browser()
    try_password(client, user.email, PASSWORD, "2001:db8:1:1::ffff")
    assert not is_in(client)

    try_password(client, user.email, PASSWORD, "2001:db8:1:2::1")
    assert is_in(client)


def test_signing_in_to_ones_own_account_between_tries_gives_none_back(user, stranger):
    client = browser()
    for n in range(5):
        try_password(client, user.email, f"wrong horse {n}", STRANGER)
        try_password(client, stranger.email, PASSWORD, STRANGER)
        client.post(reverse("account_logout"))

    try_password(client, user.email, PASSWORD, STRANGER)

    assert not is_in(client)


def test_a_made_up_cookie_makes_nobody_known(user):
    client = guess(user.email, STRANGER, times=5)
    client.cookies[COOKIE] = "eyJhIjogMX0:1tQ:forged"

    try_password(client, user.email, PASSWORD, STRANGER)

    assert not is_in(client)


def test_the_cookie_names_neither_account_nor_address(user):
    client = browser()

    page = try_password(client, user.email, PASSWORD, HOME)

    cookie = page.cookies[COOKIE]
    assert cookie["httponly"] and cookie["samesite"] == "Lax"
    assert user.email not in cookie.value and HOME not in cookie.value
    assert str(user.pk) not in cookie.value
