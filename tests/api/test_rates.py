"""Rate limits by user and by key, and what the header fields tell of them."""

import re
from types import SimpleNamespace
from typing import ClassVar
from uuid import uuid4

import numpy as np
import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.core.files.uploadedfile import SimpleUploadedFile

from faceverify.api.rates import ReportedThrottle, UserRate
from tests.support.clients import program
from tests.support.photos import photo
from tests.support.problems import assert_problem

URL, VERIFY = "/api/v1/people/", "/api/v1/verifications/"

pytestmark = pytest.mark.django_db


@pytest.fixture
def rates(monkeypatch):
    def choose(**rates):
        usual = {"user": "600/min", "key": "600/min", "submit": "120/min"}
        monkeypatch.setattr(ReportedThrottle, "THROTTLE_RATES", usual | rates)

    return choose


def told(answer, field: str = "RateLimit") -> dict[str, dict[str, int]]:
    """{"user": {"r": 2, "t": 60}, ...}"""
    items = re.findall(r'"(\w+)";(\w)=(\d+);(\w)=(\d+)', answer[field])
    return {name: {a: int(x), b: int(y)} for name, a, x, b, y in items}


def test_what_is_left_is_told_for_each_limit(user, rates):
    rates(user="5/min", key="3/hour")
    api = program(user)

    first, second = api.get(URL), api.get(URL)

    assert told(first, "RateLimit-Policy") == {
        "user": {"q": 5, "w": 60},
        "key": {"q": 3, "w": 3600},
    }
    assert (told(first)["user"]["r"], told(second)["user"]["r"]) == (4, 3)
    assert (told(first)["key"]["r"], told(second)["key"]["r"]) == (2, 1)
    assert 0 < told(second)["user"]["t"] <= 61


def test_one_key_too_busy_leaves_the_others_alone(user, rates):
    rates(key="1/min")
    busy, calm = program(user), program(user)
    busy.get(URL)

    refused = busy.get(URL)

    assert_problem(refused, 429, "throttled")
    assert 0 < int(refused["Retry-After"]) <= 61
    assert told(refused)["key"]["r"] == 0
    assert calm.get(URL).status_code == 200


def test_a_user_is_limited_whatever_the_key(user, stranger, rates):
    rates(user="2/min")
    for _ in range(2):
        assert program(user).get(URL).status_code == 200

    assert_problem(program(user).get(URL), 429, "throttled")
    assert program(stranger).get(URL).status_code == 200


def test_photos_have_a_limit_of_their_own(user, rates):
    rates(submit="1/min")
    api = program(user)
    answers = [
        api.post(
            VERIFY,
            {
                "probe": SimpleUploadedFile("a.jpg", photo(1)),
                "reference": SimpleUploadedFile("b.jpg", photo(2)),
            },
        )
        for _ in range(2)
    ]

    assert told(answers[0])["submit"]["r"] == 0
    assert_problem(answers[1], 429, "throttled")
    assert "submit" not in told(api.get(URL))
    assert user.verifications.count() == 1


def test_a_session_has_no_limit_of_a_key(user, rates):
    from rest_framework.test import APIClient

    browser = APIClient()
    browser.force_login(user)

    assert told(browser.get(URL)).keys() == {"user"}


class Program:
    """The times at which a program's requests were accepted, of those that it sent."""

    def __init__(self, monkeypatch, quota: int):
        monkeypatch.setattr(ReportedThrottle, "THROTTLE_RATES", {"user": f"{quota}/min"})
        self.request = SimpleNamespace(user=SimpleNamespace(pk=uuid4(), is_authenticated=True))
        self.request._request = SimpleNamespace()
        self.accepted: list[float] = []
        self.throttle = UserRate()

    def send(self, at: float) -> bool:
        self.throttle = UserRate()
        self.throttle.timer = lambda: at
        if allowed := self.throttle.allow_request(self.request, None):
            self.accepted.append(at)
        return allowed


@pytest.mark.parametrize("every", [0.01, 0.3, 0.99, 1.0, 7.0])
def test_no_window_has_more_requests_than_the_quota(monkeypatch, every):
    busy = Program(monkeypatch, quota=50)

    for number in range(int(200 / every)):
        busy.send(at=1_000_000.5 + number * every)

    times = np.array(busy.accepted)
    assert max(np.searchsorted(times, times + 60) - np.arange(len(times))) <= 50


def test_who_keeps_to_the_quota_is_never_refused(monkeypatch):
    calm = Program(monkeypatch, quota=50)

    assert all(calm.send(at=1_000_000.5 + number * 1.25) for number in range(500))


def test_who_waits_as_told_is_let_in(monkeypatch):
    busy = Program(monkeypatch, quota=3)
    for second in (0.1, 0.2, 20.0, 21.0):
        busy.send(at=1_000_000 + second)
    assert len(busy.accepted) == 3

    assert busy.send(at=1_000_021 + busy.throttle.wait() + 0.001)


def test_what_is_kept_of_a_busy_program_is_little(monkeypatch):
    busy = Program(monkeypatch, quota=10_000)

    for number in range(6_000):
        assert busy.send(at=1_000_000 + number / 100)

    assert len(busy.throttle.history) <= 61


class CountingCache(LocMemCache):
    calls: ClassVar[list[str]] = []

    def get_many(self, keys, version=None):
        self.calls.append("read")
        return super().get_many(keys, version)

    def set_many(self, data, timeout=None, version=None):
        self.calls.append("write")
        return super().set_many(data, timeout, version)


def test_all_limits_together_are_one_read_and_one_write_of_the_cache(user, settings):
    place = f"{CountingCache.__module__}.{CountingCache.__name__}"
    settings.CACHES = {"default": {"BACKEND": place, "LOCATION": "counted"}}
    CountingCache.calls.clear()

    answer = program(user).post(VERIFY, {})

    assert set(told(answer)) == {"user", "key", "submit"}
    assert CountingCache.calls == ["read", "write"]
