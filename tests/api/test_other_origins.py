"""Scripts of other origins and the API."""

import pytest
import requests

from tests.support.servers import site

APP, OTHER = "https://app.example.org", "https://other.example.org"
PEOPLE = "/api/v1/people/"


def test_none_may_use_it_by_default(api):
    answer = api.get(PEOPLE, headers={"Origin": APP})

    assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def ask(url: str, origin: str) -> requests.Response:
    return requests.options(
        url,
        headers={
            "Origin": origin,
            "Access-Control-Request-Method": "PATCH",
            "Access-Control-Request-Headers": "authorization, content-type, idempotency-key, if-match",
        },
        timeout=60,
    )


@pytest.mark.server
def test_those_that_are_named_may(tmp_path):
    with site(tmp_path, FACEVERIFY_API_ORIGINS=f"{APP}, https://b.example.org") as place:
        place.start_web()
        key = {"Authorization": f"Bearer {place.new_key()}"}

        asked, refused = ask(place.url + PEOPLE, APP), ask(place.url + PEOPLE, OTHER)
        answer = requests.get(place.url + PEOPLE, headers={"Origin": APP, **key}, timeout=60)
        lost = requests.get(place.url + PEOPLE, headers={"Origin": APP}, timeout=60)
        page = requests.get(place.url, headers={"Origin": APP}, timeout=60)

        assert asked.status_code == 200
        assert asked.headers["Access-Control-Allow-Origin"] == APP
        assert "PATCH" in asked.headers["Access-Control-Allow-Methods"]
        allowed = asked.headers["Access-Control-Allow-Headers"]
        for name in ("authorization", "content-type", "idempotency-key", "if-match"):
            assert name in allowed
        assert "Access-Control-Allow-Origin" not in refused.headers
        exposed = answer.headers["Access-Control-Expose-Headers"]
        for name in ("ETag", "Location", "RateLimit", "Retry-After", "X-Request-ID"):
            assert name in exposed
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert lost.status_code == 401
        assert lost.headers["Access-Control-Allow-Origin"] == APP
        assert "Access-Control-Allow-Origin" not in page.headers
