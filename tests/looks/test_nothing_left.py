"""On real servers: clients that know no 202 are all served, and nothing of theirs stays"""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.support.faces import make_face, two_faces
from tests.support.servers import Site, postgres_server, redis_server, site

EIGHT = 8
# How many rows each table has, but for what the workers do by themselves.
COUNTED = """
import json
from django.apps import apps
known = {"Worker", "RetentionRun", "AuditEntry", "ChainHead"}  # the night's run, and what it tells
print(json.dumps({m.__name__: m._base_manager.count() for m in apps.get_models() if m.__name__ not in known}))
"""


def rows(place: Site) -> dict[str, int]:
    return json.loads(place.ask(COUNTED))


def files(place: Site) -> set[str]:
    media = place.home / "media"
    return {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}


def ask(place: Site, key: str, number: int) -> requests.Response:
    """The calls in turn."""
    photo, other = ("a.jpg", make_face(number % 4)), ("b.jpg", two_faces(number % 4, 5))
    path, sent = (
        ("detect/", {"photo": other}),
        ("embeddings/", {"photo": photo}),
        ("verifications/dry/", {"probe": photo, "reference": photo}),
    )[number % 3]
    return requests.post(
        f"{place.url}/api/v1/{path}",
        files=sent,
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
    )


def all_are_served_and_nothing_stays(place: Site) -> None:
    key = place.new_key(scopes=["verify", "embeddings"])
    ask(place, key, 0)  # what the first request of all makes
    before, files_before = rows(place), files(place)

    with ThreadPoolExecutor(EIGHT) as pool:
        answers = list(pool.map(lambda number: ask(place, key, number), range(2 * EIGHT)))

    assert [answer.status_code for answer in answers] == [200] * 2 * EIGHT
    after = rows(place)
    assert {name: after[name] for name in after if after[name] != before[name]} == {}
    assert files(place) == files_before


def test_on_sqlite_and_the_queue_in_files(worker):
    all_are_served_and_nothing_stays(worker)

    assert list((worker.home / "var" / "queue" / "messages").iterdir()) == []


@pytest.mark.slow
@pytest.mark.server
@pytest.mark.redis
@pytest.mark.postgres
def test_on_postgresql_and_redis(tmp_path):
    import redis

    with (
        postgres_server() as database,
        redis_server() as queue,
        site(tmp_path, DATABASE_URL=database, REDIS_URL=queue) as place,
    ):
        place.start_web().start_worker()

        all_are_served_and_nothing_stays(place)

        kept = redis.Redis.from_url(queue).keys("*")
        assert [
            name for name in kept if b"_kombu.binding" not in name and b"throttle" not in name
        ] == []
