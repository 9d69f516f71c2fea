"""/metrics: who may read it, what it counts, and that nothing is counted twice or lost."""

import os
import re

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from faceverify.metrics import definitions, snapshots
from tests.support.faces import make_face
from tests.support.outages import filled, small_disk
from tests.support.programs import Client
from tests.support.servers import PATIENCE, Site, answers, eventually, free_port, site

TOKEN = "a-token-of-the-tests"
SENT = {"Authorization": f"Bearer {TOKEN}"}
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}")


def values(text: str) -> dict[tuple, float]:
    """{(sample, label values): value}"""
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def scrape(place: Site) -> dict[tuple, float]:
    answer = requests.get(f"{place.url}/metrics", headers=SENT, timeout=60)
    assert answer.status_code == 200, answer.text
    return values(answer.text)


@pytest.mark.django_db
class TestWhoMayReadIt:
    def test_without_a_token_in_the_settings_there_is_no_such_page(self, client):
        assert client.get("/metrics", headers=SENT).status_code == 404

    @pytest.mark.parametrize("sent", [{}, {"Authorization": "Bearer b"}, {"Authorization": TOKEN}])
    def test_without_the_token_nobody_reads_it(self, client, owner, settings, sent):
        settings.FACEVERIFY_METRICS_TOKEN = TOKEN

        for somebody in (client, owner):
            answer = somebody.get("/metrics", headers=sent)
            assert answer.status_code == 401
            assert "faceverify_" not in answer.content.decode()
        assert client.get("/metrics", headers=SENT).status_code == 200


@pytest.mark.django_db
def test_an_address_with_an_id_or_a_key_is_counted_by_its_route(client, settings):
    settings.FACEVERIFY_METRICS_TOKEN = TOKEN
    client.get("/verifications/00000000-0000-4000-8000-000000000000/")
    client.get("/accounts/password/reset/key/1-secret/")
    client.get("/nothing/marmalade/")
    client.generic("MARMALADE", "/nothing/")

    text = client.get("/metrics", headers=SENT).content.decode()

    told = values(text)
    assert told["faceverify_requests_total", "GET", "verification_detail", "302"] >= 1
    assert told["faceverify_requests_total", "GET", "none", "404"] >= 1
    assert told["faceverify_requests_total", "other", "none", "404"] >= 1
    for secret in ("secret", "marmalade", "MARMALADE"):
        assert secret not in text
    assert not UUID.search(text)


@pytest.mark.server
def test_work_is_counted_in_the_worker_and_told_by_the_web_process(tmp_path):
    with site(tmp_path, FACEVERIFY_METRICS_TOKEN=TOKEN) as place:
        place.start_web().start_worker()
        client = Client(place, place.new_key(scopes=["verify", "history:read", "history:write"]))
        pair = client.submit(make_face(1), make_face(1, 1)).json()["id"]
        other = client.submit(make_face(1), b"GIF89a").status_code
        assert client.finished(pair)["outcome"] == "match"
        assert other in (415, 422)
        verdict = ("faceverify_verdicts_total", "pair", "match")
        eventually(lambda: scrape(place).get(verdict) == 1, "the verdict's count")

        place.kill_worker()  # its last count was written a second after it
        place.start_worker()
        again = client.submit(make_face(1), make_face(1, 1)).json()["id"]
        client.finished(again)
        eventually(lambda: scrape(place).get(verdict) == 2, "the other verdict's count")
        deleted = client.session.delete(f"{place.url}/api/v1/verifications/{again}/", timeout=60)
        assert deleted.status_code == 204, deleted.text

        told = scrape(place)
        assert told["faceverify_jobs_total", "verification", "done"] == 2
        assert told["faceverify_wait_seconds_count", "verification"] == 2
        assert told["faceverify_step_seconds_count", "total"] == 2
        assert 0 < told["faceverify_step_seconds_sum", "total"] < 60
        assert told["faceverify_deleted_total", "verification"] == 1
        assert told["faceverify_queue_workers", "interactive"] == 1
        assert told["faceverify_queue_waiting", "interactive"] == 0
        assert told["faceverify_health", "database"] == 0
        assert told["faceverify_free_bytes", "photos"] > 0
        files = list((tmp_path / "var" / "metrics").glob("*.json"))
        assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)


@pytest.mark.server
def test_a_full_disk_ends_no_process_and_loses_no_count(tmp_path):
    with (
        small_disk(tmp_path / "disk", 40) as disk,
        site(disk, FACEVERIFY_METRICS_TOKEN=TOKEN) as place,
    ):
        place.start_web()
        scrape(place)
        live = ("faceverify_requests_total", "GET", "health_live", "200")

        with filled(disk):
            for _ in range(3):
                assert requests.get(f"{place.url}/health/live", timeout=60).status_code == 200
            full = scrape(place)

        assert full[live] == 3
        assert full["faceverify_health", "storage"] == 2
        assert scrape(place)[live] == 3
        eventually(lambda: scrape(place)["faceverify_health", "storage"] == 0, "room")


@pytest.fixture
def own_folder(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path / "metrics"


def frames() -> float:
    """How many frames of cameras were looked at: a metric without labels."""
    return sum(
        sample.value
        for metric in snapshots.collect()
        for sample in metric.samples
        if sample.name == "faceverify_live_frame_seconds_count"
    )


def total(code: str) -> float:
    return sum(
        sample.value
        for metric in snapshots.collect()
        for sample in metric.samples
        if sample.name == "faceverify_outages_total" and sample.labels == {"code": code}
    )


def test_a_forked_process_counts_from_nothing_and_is_added_once_when_it_has_ended(own_folder):
    definitions.OUTAGES.labels("forked").inc(5)
    definitions.LIVE_FRAME_SECONDS.observe(0.02)
    before = frames()
    child = os.fork()
    if child == 0:
        try:
            definitions.OUTAGES.labels("forked").inc(2)
            definitions.LIVE_FRAME_SECONDS.observe(0.02)
            snapshots.write()
        finally:
            os._exit(0)
    os.waitpid(child, 0)

    assert total("forked") == 7
    assert total("forked") == 7
    assert frames() == before + 1
    assert (own_folder / "ended.json").exists()


def test_a_file_that_is_not_whole_is_passed_over(own_folder):
    definitions.OUTAGES.labels("whole").inc()
    total("whole")
    (own_folder / "0123.json").write_text('[["faceverify_outages", ')

    assert total("whole") == 1


@pytest.mark.server
def test_a_machine_without_a_web_process_tells_them_on_a_port_of_their_own(tmp_path):
    with site(tmp_path) as place:
        port = free_port()
        served = place.launch("metrics", "manage.py", "serve_metrics", "--port", str(port))
        try:
            eventually(lambda: answers(port), "the port")

            told = values(requests.get(f"http://127.0.0.1:{port}/metrics", timeout=60).text)
        finally:
            served.terminate()
            served.wait(PATIENCE)

    assert told["faceverify_health", "database"] == 0
    assert told["faceverify_queue_workers", "interactive"] == 0
