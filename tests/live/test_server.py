"""Cameras before a real web process and a real `live`: what clients may do, and what they try."""

import json
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
from websockets.exceptions import ConnectionClosed

from tests.support.faces import make_face
from tests.support.live import LiveClient, film, message, said, until_end
from tests.support.servers import eventually, site

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    with site(
        tmp_path_factory.mktemp("live"),
        FACEVERIFY_LIVE_SESSIONS="3",
        FACEVERIFY_LIVE_ACCOUNT_SESSIONS="6",
    ) as place:
        yield place.start_web().start_live()


@pytest.fixture
def camera(place):
    """A program of an account of its own."""
    return LiveClient(place)


def refused(camera, session, **options) -> tuple[str, int]:
    """The code of the error that a socket is told, and the code with which it is closed."""
    with camera.socket(session, **options) as talk:
        error = said(talk)
        assert error["type"] == "error", error
        with pytest.raises(ConnectionClosed) as closed:
            talk.recv(timeout=60)
    assert closed.value.rcvd is not None
    return error["code"], closed.value.rcvd.code


def cameras_of(place) -> int:
    """How many are followed now."""
    count = "from verification.models import LiveSession as S; print(S.objects.filter(state='running').count())"
    return int(place.ask(count))


def files(place) -> set[str]:
    media = place.home / "media"
    return {str(path.relative_to(media)) for path in media.rglob("*") if path.is_file()}


def test_who_is_on_the_photo_matches_and_the_verdict_is_kept(camera):
    session = camera.opened(1)

    with camera.socket(session) as talk:
        ready = said(talk)
        end = until_end(talk, film(1))

    assert (ready["type"], ready["challenge"]) == ("ready", False)
    # A program is never told here what came of it.
    assert end == {"type": "end", "reason": "finished"}
    kept = camera.state(session)
    assert (kept["state"], kept["outcome"], kept["challenge"]) == ("done", "match", None)
    verdict = camera.client.get(kept["verification"])
    assert (verdict["kind"], verdict["state"], verdict["outcome"]) == ("live", "done", "match")


def test_somebody_else_does_not(camera):
    session = camera.opened(2)

    with camera.socket(session) as talk:
        said(talk)
        until_end(talk, film(1))

    assert camera.state(session)["outcome"] in ("no_match", "inconclusive")


def test_frames_sent_one_by_one_come_to_the_same(camera):
    session = camera.opened(1)
    began = time.monotonic()

    for number, jpeg in enumerate(film(1) * 20):
        captured = int((time.monotonic() - began) * 1000)
        answer = camera.frame(session, message(number, jpeg, captured))
        assert answer.status_code == 200, answer.text
        if "end" in answer.json():
            break

    assert answer.json()["end"] == {"type": "end", "reason": "finished"}
    assert camera.state(session)["outcome"] == "match"
    after = camera.frame(session, message(number + 1, film(1)[0]))
    assert (after.status_code, after.json()["code"]) == (409, "already_used")


def test_a_session_without_a_verdict_leaves_nothing_on_the_disk(camera, place):
    before = files(place)
    session = camera.opened(1)
    assert files(place) - before  # the photo to compare with

    with camera.socket(session) as talk:
        said(talk)
        talk.send(message(0, film(1)[0]))
        assert said(talk)["type"] == "frame"

    state = eventually(lambda: (s := camera.state(session))["refusal"] and s, "the end")
    assert (state["state"], state["refusal"]["code"]) == ("refused", "left")
    assert files(place) == before


def test_a_token_opens_its_session_once(camera):
    session = camera.opened(1)

    with camera.socket(session) as talk:
        assert said(talk)["type"] == "ready"
        assert refused(camera, session) == ("already_used", 4409)
        assert camera.frame(session, message(1, film(1)[0])).json()["code"] == "already_used"
        talk.send(message(0, film(1)[0]))  # the one that opened it goes on
        assert said(talk)["type"] == "frame"

    assert refused(camera, session) == ("already_used", 4409)


def test_a_token_of_another_session_opens_nothing(camera):
    session, other = camera.opened(1), camera.opened(1)

    assert refused(camera, session, token=other["token"]) == ("token_invalid", 4401)
    assert refused(camera, session, token="made up") == ("token_invalid", 4401)
    swapped = camera.frame(session | {"token": other["token"]}, message(0, film(1)[0]))
    assert (swapped.status_code, swapped.json()["code"]) == (401, "token_invalid")
    assert camera.state(session)["state"] == "pending"


def test_a_page_of_another_origin_needs_its_origin_in_the_token(camera, place):
    plain = camera.opened(1)
    embedded = camera.ask(
        task="verify", photo=make_face(1), origins=["https://shop.example.org"]
    ).json()

    assert refused(camera, plain, origin="https://shop.example.org") == ("origin_refused", 4403)
    assert refused(camera, embedded, origin="https://evil.example.org") == ("origin_refused", 4403)
    with camera.socket(embedded, origin="https://shop.example.org") as talk:
        assert said(talk)["type"] == "ready"
    with camera.socket(plain, origin=place.url) as talk:
        assert said(talk)["type"] == "ready"


def test_scripts_of_another_origin_may_read_answers_where_the_token_says_so(camera):
    session = camera.ask(
        task="verify", photo=make_face(1), origins=["https://shop.example.org"]
    ).json()
    frame = message(0, film(1)[0])
    asks = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }

    def preflight(origin: str):
        url = f"{camera.place.url}{session['frames']}"
        return requests.options(url, headers=asks | {"Origin": origin}, timeout=60)

    allowed = preflight("https://shop.example.org")
    assert allowed.status_code == 204
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://shop.example.org"
    assert "Access-Control-Allow-Origin" not in preflight("https://evil.example.org").headers
    evil = camera.frame(session, frame, Origin="https://evil.example.org")
    assert (evil.status_code, "Access-Control-Allow-Origin" in evil.headers) == (403, False)
    shop = camera.frame(session, frame, Origin="https://shop.example.org")
    assert (shop.status_code, shop.json()["type"]) == (200, "frame")
    assert shop.headers["Access-Control-Allow-Origin"] == "https://shop.example.org"


def test_a_frame_of_a_megabyte_is_refused_and_ends_the_session(camera):
    session, other = camera.opened(1), camera.opened(1)
    large = message(0, b"\xff\xd8" + bytes(1_000_000))

    with camera.socket(session) as talk:
        said(talk)
        talk.send(large)
        assert said(talk)["code"] == "frame_too_large"
        with pytest.raises(ConnectionClosed):
            talk.recv(timeout=60)

    assert camera.state(session)["refusal"]["code"] == "frame_too_large"
    posted = camera.frame(other, large)
    assert (posted.status_code, posted.json()["code"]) == (413, "frame_too_large")
    assert camera.state(other)["state"] == "pending"  # it did not use the token up


@pytest.mark.parametrize(
    "wrong",
    [b"", b"\0" * 7, message(0, b"no picture"), "words", json.dumps({"type": "start"})],
    ids=["nothing", "half a head", "no JPEG", "words", "another start"],
)
def test_what_is_no_frame_ends_the_session(camera, wrong):
    session = camera.opened(1)

    with camera.socket(session) as talk:
        said(talk)
        talk.send(wrong)
        assert said(talk)["code"] == "bad_message"


def test_a_picture_that_cannot_be_read_shows_nobody_and_ends_nothing(camera):
    session = camera.opened(1)

    with camera.socket(session) as talk:
        said(talk)
        talk.send(message(0, b"\xff\xd8 and then nothing of the kind"))
        unreadable = said(talk)
        talk.send(message(1, film(1)[0]))
        face = said(talk)

    assert (unreadable["type"], unreadable["faces"]) == ("frame", [])
    assert (face["seq"], len(face["faces"])) == (1, 1)


def test_frames_that_come_too_fast_are_passed_over_and_a_flood_is_sent_away(camera):
    session, other = camera.opened(1), camera.opened(1)

    with camera.socket(session) as talk:
        said(talk)
        for number in range(12):
            talk.send(message(number, film(1)[0]))
        answers = [said(talk)]
        while answers[-1].get("seq") != 11:
            answers.append(said(talk))
    assert len(answers) < 12  # the newest wins

    with camera.socket(other) as talk:
        said(talk)
        with pytest.raises(ConnectionClosed):
            for number in range(400):
                talk.send(message(number, film(1)[0]))
            while True:
                talk.recv(timeout=60)
    assert camera.state(other)["refusal"]["code"] == "too_many_frames"


def test_a_client_that_never_reads_holds_nobody_up(camera, place):
    session, other = camera.opened(1), camera.opened(1)
    deaf = socket.create_connection(("127.0.0.1", place.port), timeout=60)
    with deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        deaf.sendall(
            f"GET {session['socket']} HTTP/1.1\r\nHost: 127.0.0.1:{place.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        assert b"101" in deaf.recv(20)
        deaf.sendall(masked(1, json.dumps({"type": "start", "token": session["token"]}).encode()))
        eventually(lambda: camera.state(session)["state"] == "running", "the start")
        for number in range(30):
            deaf.sendall(masked(2, message(number, film(1)[number])))

        with camera.socket(other) as talk:
            assert said(talk)["type"] == "ready"
            talk.send(message(0, film(1)[0]))
            assert said(talk)["type"] == "frame"

    eventually(lambda: camera.state(session)["finished_at"], "the end of the deaf one's session")


def masked(kind: int, payload: bytes) -> bytes:
    """A message of a client (RFC 6455), with a mask of zeros."""
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([0x80 | kind]) + length + bytes(4) + payload


def test_two_hundred_sessions_asked_for(camera):
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(lambda _: camera.ask(task="verify", photo=make_face(1)), range(200))
        )

    assert sum(answer.status_code == 201 for answer in answers) == 6
    codes = {answer.json()["code"] for answer in answers if answer.status_code != 201}
    assert codes == {"too_many_sessions"}


def test_whoever_comes_when_all_cameras_are_taken_is_told_to_wait(place):
    first, second = LiveClient(place), LiveClient(place)
    eventually(lambda: cameras_of(place) == 0, "the end of the sessions of other tests")
    opened = [first.opened(1) for _ in range(3)]
    late = second.opened(1)

    with first.socket(opened[0]) as a, first.socket(opened[1]) as b, first.socket(opened[2]) as c:
        assert [said(talk)["type"] for talk in (a, b, c)] == ["ready"] * 3
        assert refused(second, late) == ("too_many_sessions", 4429)
        assert second.state(late)["state"] == "pending"

    eventually(lambda: first.state(opened[0])["finished_at"], "a camera that is free again")
    with second.socket(late) as talk:
        assert said(talk)["type"] == "ready"


def test_a_session_that_its_owner_cancels_ends_before_the_camera(camera):
    session = camera.opened(1)

    with camera.socket(session) as talk:
        said(talk)
        gone = camera.client.session.delete(f"{camera.api}{session['id']}/", timeout=60)
        assert said(talk) == {"type": "end", "reason": "cancelled"}

    assert gone.status_code == 204
    assert camera.state(session)["refusal"]["code"] == "cancelled"


def test_a_challenge_that_nobody_answers_is_never_a_match(camera):
    session = camera.opened(1, challenge="true")

    with camera.socket(session) as talk:
        assert said(talk)["challenge"] is True
        until_end(talk, film(1))

    kept = camera.state(session)
    assert (kept["state"], kept["challenge"]) == ("done", "failed")
    assert kept["outcome"] != "match"
    assert kept["reasons"]


def test_photos_for_the_gallery_in_one_take(camera):
    person = camera.client.session.post(
        f"{camera.place.url}/api/v1/people/", json={"name": "Ada"}, timeout=60
    ).json()
    session = camera.ask(task="enrol", person=person["id"]).json()

    with camera.socket(session) as talk:
        said(talk)
        until_end(talk, film(1))

    kept = camera.state(session)
    if kept["state"] == "done":
        anchors = camera.client.session.get(
            f"{camera.place.url}/api/v1/people/{person['id']}/anchors/", timeout=60
        ).json()["results"]
        assert len(anchors) == kept["anchors_added"] > 0
    else:
        assert kept["refusal"]["code"] == "no_face_usable"


def test_when_the_process_is_killed_the_row_ends_and_the_page_is_told(place, camera):
    session = camera.opened(1)

    with camera.socket(session) as talk:
        said(talk)
        place.stop_live(signal.SIGKILL)
        with pytest.raises(ConnectionClosed):
            talk.recv(timeout=60)
    assert camera.state(session)["state"] == "running"
    gone = camera.frame(camera.opened(1), message(0, film(1)[0]))
    assert (gone.status_code, gone.json()["code"]) == (503, "live_unavailable")

    place.start_live()
    state = eventually(lambda: (s := camera.state(session))["finished_at"] and s, "its end")
    assert (state["state"], state["failure"]) == ("failed", {"code": "worker_lost"})


def test_when_the_process_stops_sessions_end_and_say_so(place, camera):
    session = camera.opened(1)

    with camera.socket(session) as talk:
        said(talk)
        assert place.stop_live() == 0
        with pytest.raises(ConnectionClosed):
            talk.recv(timeout=60)

    state = camera.state(session)
    assert (state["state"], state["refusal"]["code"]) == ("refused", "interrupted")
    place.start_live()


def test_what_live_logs_names_nobody(place):
    log = place.log("live")

    assert "p.jpg" not in log and "Ada" not in log
