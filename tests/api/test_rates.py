"""Rate limits by user and by key, and what the header fields tell of them."""

import re
from typing import ClassVar

import pytest
from django.core.cache.backends.locmem import LocMemCache
from django.core.files.uploadedfile import SimpleUploadedFile

from faceverify.api.rates import ReportedThrottle
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
