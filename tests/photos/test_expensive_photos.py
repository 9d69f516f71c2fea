"""Photos made to be dear, sent at once: the site goes on answering, and every sender has an answer."""

import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.image_files import bombs, large_pictures, picture, saved

SENDERS = 12
ANSWERED = 5.0  # seconds within which the site answers others, on a busy machine


@pytest.fixture(scope="module")
def key(place):
    return place.new_key()


def flood(place, key: str, photos: list[bytes]) -> tuple[list[int], float]:
    """The statuses of all answers, and the longest that somebody else had to wait meanwhile."""

    def send(photo: bytes) -> int:
        files = {"probe": ("a.jpg", photo), "reference": ("b.jpg", photo)}
        return httpx.post(
            f"{place.url}/api/v1/verifications/",
            files=files,
            headers={"Authorization": f"Bearer {key}"},
            timeout=120,
        ).status_code

    slowest = 0.0
    with ThreadPoolExecutor(SENDERS) as senders:
        sent = [senders.submit(send, photo) for photo in photos]
        while not all(each.done() for each in sent):
            started = time.monotonic()
            assert httpx.get(f"{place.url}/health/live", timeout=60).status_code == 200
            slowest = max(slowest, time.monotonic() - started)
    return [each.result() for each in sent], slowest


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["fill bytes before the first segment", "restart markers", "pages"]
)
def test_a_bomb_sent_twelve_times_at_once_does_not_stop_the_site(place, key, name):
    statuses, slowest = flood(place, key, [bombs()[name]] * SENDERS)

    print(name, statuses, f"{slowest:.2f} s")
    assert set(statuses) <= {202, 413, 415, 422, 503}
    assert slowest < ANSWERED


@pytest.mark.slow
def test_twelve_different_dear_photos_at_once_do_not_stop_the_site(place, key):
    dear = [
        saved(picture(5000, 5000, seed=n).convert("RGBA"), "WEBP", quality=50, method=0)
        for n in range(SENDERS)
    ]

    statuses, slowest = flood(place, key, dear)

    print(statuses, f"{slowest:.2f} s")
    assert set(statuses) <= {202, 422, 503}
    assert 202 in statuses
    assert slowest < ANSWERED


@pytest.mark.slow
def test_a_file_that_is_ended_by_the_limits_is_an_answer_for_all_who_sent_it(place, key):
    dear = large_pictures()["floating point"]

    statuses, slowest = flood(place, key, [dear] * SENDERS)

    assert set(statuses) <= {422, 503} and 422 in statuses
    assert slowest < ANSWERED
