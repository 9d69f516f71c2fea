"""Dates and times at the edge of what can be stored, wherever one may be sent."""

import base64

import pytest
import requests

TIMES = (
    "9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "2026-02-30T00:00:00Z",
    "10000-01-01T00:00:00Z", "2026-01-01T24:00:00Z", "2026-01-01", "-0001-01-01T00:00:00Z",
)  # fmt: skip
DAYS = ("9999-12-31", "0001-01-01", "10000-01-01", "2026-02-30", "0000-00-00")


def cursor(time: str) -> str:
    return base64.b64encode(f"p={time}".encode()).decode()


@pytest.mark.server
def test_none_is_an_error_of_the_server(either_site):
    api = requests.Session()
    email = "edges@example.org"
    api.headers["Authorization"] = (
        f"Bearer {either_site.new_key(email, scopes=['admin', 'gallery:read', 'gallery:write', 'history:read'])}"
    )
    root = f"{either_site.url}/api/v1"
    answers = []

    for time in TIMES:
        for name in ("created_after", "created_before"):
            answers.append(api.get(f"{root}/verifications/", params={name: time}, timeout=60))
        for path in ("verifications", "people", "keys", "imports"):
            answers.append(api.get(f"{root}/{path}/", params={"cursor": cursor(time)}, timeout=60))
        made = api.post(f"{root}/keys/", json={"name": "x", "expires_at": time}, timeout=60)
        answers += [made, api.get(f"{root}/keys/", timeout=60)]
    for day in DAYS:
        answers += [
            api.post(f"{root}/people/", json={"name": "Ada", "consent_at": day}, timeout=60),
            api.get(f"{root}/people/", timeout=60),
            api.get(f"{root}/verifications/", params={"created_after": day}, timeout=60),
        ]

    wrong = {
        (a.request.method, a.url, a.request.body, a.status_code)
        for a in answers
        if a.status_code >= 500
    }
    assert not wrong


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("name", ["first", "last"])
def test_a_page_of_the_history(owner, day, name):
    assert owner.get("/history/", {name: day}).status_code == 200
