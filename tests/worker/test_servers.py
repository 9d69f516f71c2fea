"""The same site on Redis, and on PostgreSQL with Redis."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.support.faces import make_face
from tests.support.programs import Client
from tests.support.servers import postgres_server, redis_server, site


def submit_at_once(client, times: int) -> set[str]:
    """The same submission with the same key, in as many requests at the same moment; the ids."""
    headers = {**client.session.headers, "Idempotency-Key": "once"}

    def click(_n) -> str:
        answer = requests.post(
            f"{client.site.url}/api/v1/verifications/",
            files={"probe": make_face(1), "reference": make_face(1, 1)},
            headers=headers,
            timeout=60,
        )
        assert answer.status_code in (201, 202), answer.text
        return answer.json()["id"]

    with ThreadPoolExecutor(times) as pool:
        return set(pool.map(click, range(times)))


def test_sqlite_takes_many_clicks_at_the_same_moment_as_one(no_worker):
    def folders() -> set[str]:
        return {path.name for path in (no_worker.home / "media/verifications").glob("*/*")}

    client = Client(no_worker, no_worker.new_key())
    before = folders()

    (id,) = submit_at_once(client, times=6)

    no_worker.start_worker()
    assert client.finished(id)["outcome"] == "match"
    assert folders() - before == {id}


@pytest.mark.server
@pytest.mark.redis
def test_redis_carries_submissions_and_a_lost_queue_is_made_up_for(tmp_path):
    import redis

    with redis_server() as url, site(tmp_path, REDIS_URL=url) as place:
        client = Client(place.start_web(), place.new_key())
        waiting = client.submit(make_face(1), make_face(1, 1)).json()["id"]
        assert redis.Redis.from_url(url).keys("faceverify.*interactive") != []
        redis.Redis.from_url(url).flushall()

        place.start_worker()

        assert client.finished(waiting)["outcome"] == "match"
        assert client.verdict(make_face(1), make_face(2))["outcome"] == "no_match"
        assert place.stop_worker() == 0


@pytest.mark.server
@pytest.mark.redis
@pytest.mark.postgres
def test_postgresql_holds_the_rows_through_a_kill(tmp_path):
    with (
        postgres_server() as database,
        redis_server() as queue,
        site(tmp_path, DATABASE_URL=database, REDIS_URL=queue) as place,
    ):
        client = Client(place.start_web(), place.new_key())
        place.start_worker()
        assert client.verdict(make_face(1), make_face(1, 1))["outcome"] == "match"

        place.kill_worker()
        assert len(submit_at_once(client, times=6)) == 1
        ids = [client.submit(make_face(1), make_face(n)).json()["id"] for n in (1, 2, 3)]
        place.start_worker()

        outcomes = [client.finished(id)["outcome"] for id in ids]
        assert outcomes == ["match", "no_match", "no_match"]
        assert not (tmp_path / "var/db.sqlite3").exists()
