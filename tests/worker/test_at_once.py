"""Requests and workers at the same moment, on SQLite and on PostgreSQL."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest
import requests

from tests.servers import postgres_server, site

TIMES = 6

# Claims one row from as many processes' worth of connections at once; prints how many got it.
CLAIM = """
import sys
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
from accounts.models import User
from tests.photos import photo
from verification.comparisons.services import verification_submit
from verification.jobs.running import claim
from verification.models import Verification
owner = User.objects.get(email="owner@example.org")
row = verification_submit(owner=owner, probe=photo(1), reference=photo(2))
def take(_n):
    try:
        return claim(Verification, pk=row.pk, worker=None) is not None
    finally:
        connection.close()
with ThreadPoolExecutor(8) as pool:
    print(sum(pool.map(take, range(8))))
print(Verification.objects.get(pk=row.pk).attempts)
"""


def at_once(place, headers: dict, path: str, name: str = "Ada") -> list:
    def send(n: int):
        # The last one says something else.
        body = {"name": name if n < TIMES - 1 else "another"}
        return requests.post(f"{place.url}{path}", json=body, headers=headers, timeout=60)

    with ThreadPoolExecutor(TIMES) as pool:
        return list(pool.map(send, range(TIMES)))


@pytest.mark.parametrize(
    "database",
    [
        nullcontext,
        pytest.param(postgres_server, marks=pytest.mark.postgres),
    ],
    ids=["sqlite", "postgresql"],
)
@pytest.mark.xdist_group("servers")
def test_of_requests_with_one_key_one_is_done_and_of_claims_one_succeeds(tmp_path, database):
    with database() as url, site(tmp_path, **({"DATABASE_URL": url} if url else {})) as place:
        headers = {"Authorization": f"Bearer {place.new_key()}"}
        place.start_web()

        answers = at_once(place, headers | {"Idempotency-Key": "once"}, "/api/v1/people/")

        same = [answer for answer in answers[:-1] if answer.status_code == 201]
        if same:  # the many came before the one that differs
            assert len(same) == TIMES - 1, [answer.text for answer in answers]
            assert len({answer.text for answer in same}) == 1
            assert answers[-1].json()["code"] == "idempotency_key_reused"
        else:
            assert {a.json()["code"] for a in answers[:-1]} == {"idempotency_key_reused"}
            assert answers[-1].status_code == 201
        listed = requests.get(f"{place.url}/api/v1/people/", headers=headers, timeout=60).json()
        assert len(listed["results"]) == 1

        ended = race_for_one_change(place, headers, listed["results"][0]["id"])
        assert sorted(ended) == [200] + [412] * (TIMES - 1)

        out = place.run("manage.py", "shell", "--no-imports", "-c", CLAIM)
        assert [json.loads(line) for line in out.split()] == [1, 1]


def race_for_one_change(place, headers: dict, id: str) -> list[int]:
    """Several PATCHes with the same If-Match at once; their statuses."""
    url = f"{place.url}/api/v1/people/{id}/"
    etag = requests.get(url, headers=headers, timeout=60).headers["ETag"]

    def change(n: int) -> int:
        sent = headers | {"If-Match": etag}
        return requests.patch(url, json={"note": f"{n}"}, headers=sent, timeout=60).status_code

    with ThreadPoolExecutor(TIMES) as pool:
        return list(pool.map(change, range(TIMES)))
