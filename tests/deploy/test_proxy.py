"""nginx as deploy/nginx sets it up, in front of a real web process."""

import json
import ssl

import httpx
import pytest
from websockets.sync.client import connect

from tests.support.faces import make_face
from tests.support.live import film, message, said
from tests.support.programs import Client
from tests.support.proxies import dripping, proxy
from tests.support.servers import PATIENCE, free_port, site

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def live_port():
    return free_port()


@pytest.fixture(scope="module")
def place(tmp_path_factory, live_port):
    with site(
        tmp_path_factory.mktemp("site"),
        FACEVERIFY_LIVE_BIND=f"127.0.0.1:{live_port}",
        FACEVERIFY_DEBUG="false",
        FACEVERIFY_HTTPS="true",
        FACEVERIFY_PROXIES="1",
        FACEVERIFY_WEB_THREADS="3",
    ) as place:
        place.run("manage.py", "collectstatic", "--noinput", "--verbosity", "0")
        yield place.start_web()


@pytest.fixture(scope="module")
def front(place, live_port, tmp_path_factory):
    with proxy(tmp_path_factory.mktemp("nginx"), place.port, live=live_port) as front:
        yield front


@pytest.fixture
def http(front):
    with httpx.Client(base_url=front.url, verify=False, timeout=PATIENCE) as client:
        yield client


def test_pages_come_over_https_with_hsts_and_secure_cookies(http):
    answer = http.get("/accounts/login/")

    assert answer.status_code == 200
    assert "max-age" in answer.headers["Strict-Transport-Security"]
    assert "Secure" in answer.headers["Set-Cookie"]


def test_plain_http_leads_to_https(front):
    answer = httpx.get(f"http://127.0.0.1:{front.http}/people/?q=a", timeout=PATIENCE)

    assert answer.status_code == 308
    assert answer.headers["Location"] == "https://127.0.0.1/people/?q=a"


def test_a_submission_with_photos_passes(place, http):
    key = place.new_key()

    answer = http.post(
        "/api/v1/verifications/",
        files={"probe": make_face(1), "reference": make_face(1, 1)},
        headers={"Authorization": f"Bearer {key}"},
    )

    assert answer.status_code == 202
    where = answer.headers["Location"]
    assert http.get(where, headers={"Authorization": f"Bearer {key}"}).status_code == 200


@pytest.mark.parametrize("path", ["/health/ready", "/metrics"])
def test_what_is_for_machines_inside_is_not_shown_outside(http, path):
    assert http.get(path).status_code == 404


def test_more_clients_that_never_finish_than_threads_hold_nobody_up(place, front, http):
    with dripping(front, place.new_key(), clients=40):
        statuses = {http.get("/accounts/login/").status_code for _ in range(20)}

    assert statuses == {200}


def test_the_address_that_counts_is_the_clients_and_not_what_it_claims(place, http):
    owner = Client(place, place.new_key())

    http.get(
        "/api/v1/people/",
        headers={
            "Authorization": owner.session.headers["Authorization"],
            "X-Forwarded-For": "203.0.113.7",
        },
    )

    addresses = place.run(
        "manage.py", "shell", "--no-imports", "-c",
        "from accounts.models import ApiKey; print(set(ApiKey.objects.values_list('last_used_address', flat=True)))",
    )  # fmt: skip
    assert "203.0.113.7" not in addresses
    assert "127.0.0.1" in addresses


def test_cameras_have_a_way_of_their_own(place, front, http):
    place.start_live()
    made = http.post(
        "/api/v1/live_sessions/",
        data={"task": "verify"},
        files={"photo": make_face(1, 1)},
        headers={"Authorization": f"Bearer {place.new_key()}"},
    ).json()
    trusting = ssl.create_default_context()
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE

    where = f"wss://127.0.0.1:{front.https}{made['socket']}"
    with connect(where, ssl=trusting, open_timeout=PATIENCE) as talk:
        talk.send(json.dumps({"type": "start", "token": made["token"]}))
        ready = said(talk)
        talk.send(message(0, film(1)[0]))
        answer = said(talk)

    assert (ready["type"], answer["type"], len(answer["faces"])) == ("ready", "frame", 1)
    large = http.post(made["frames"], content=bytes(1_000_000))
    assert large.status_code == 413
