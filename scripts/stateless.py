"""Measure calls of which nothing is kept beside a stored comparison with ?wait=10, in turns.

    .venv/bin/python scripts/stateless.py [--rounds 40] [--clients 8]

Starts one web process and one worker on loopback, in a folder of their own. Each round sends each call
once, so that what else the machine does weighs on all alike: the ratios mean more than the times. Then
so many clients at once send dry verifications, each the next as soon as it has an answer.
"""

import argparse
import statistics
import sys
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import requests

from tests.support.faces import make_face
from tests.support.measuring import measured_site
from tests.support.servers import Site

CALLS = {
    "verifications/?wait=10": ("probe", "reference"),
    "verifications/dry/": ("probe", "reference"),
    "detect/": ("photo",),
    "embeddings/": ("photo",),
}
STORED, DRY = list(CALLS)[:2]
EACH = 4  # requests of each of the clients at once


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    with measured_site() as place:
        key = place.new_key(scopes=["verify", "embeddings"])
        _in_turns(place, key, options.rounds)
        _at_once(place, key, options.clients)


def _in_turns(place: Site, key: str, rounds: int) -> None:
    session = requests.Session()
    times: dict[str, list[float]] = {call: [] for call in CALLS}
    for number in range(-2, rounds):  # the first two are warm-up
        for call in CALLS:
            seconds, status = _send(session, place, key, call, number + 2)
            if status not in (200, 201):
                raise SystemExit(f"{call}: {status}")
            if number >= 0:
                times[call].append(seconds)
    for call, seen in times.items():
        middle = statistics.median(seen)
        ratio = middle / statistics.median(times[STORED])
        print(f"{call:26} median {1000 * middle:6.1f} ms, {ratio:.2f} of a stored comparison")


def _at_once(place: Site, key: str, clients: int) -> None:
    def client(number: int) -> list[tuple[float, int]]:
        session = requests.Session()
        return [_send(session, place, key, DRY, EACH * number + turn) for turn in range(EACH)]

    began = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        answers = [answer for answers in pool.map(client, range(clients)) for answer in answers]
    took = time.perf_counter() - began
    statuses = dict(Counter(status for _seconds, status in answers))
    slowest = max(seconds for seconds, _status in answers)
    print(
        f"{clients} clients at once: {statuses}, {len(answers) / took:.1f} a second, "
        f"the slowest {slowest:.2f} s"
    )


def _send(
    session: requests.Session, place: Site, key: str, call: str, number: int
) -> tuple[float, int]:
    files = {
        name: (f"{name}.jpg", make_face(number % 8, number // 8 + variation))
        for variation, name in enumerate(CALLS[call])
    }
    began = time.perf_counter()
    answer = session.post(
        f"{place.url}/api/v1/{call}",
        files=files,
        headers={"Authorization": f"Bearer {key}"},
        timeout=60,
    )
    return time.perf_counter() - began, answer.status_code


if __name__ == "__main__":
    main()
