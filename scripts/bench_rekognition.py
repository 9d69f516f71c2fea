"""Measure calls of boto3 beside the same by our own API, in turns.

    .venv/bin/python scripts/bench_rekognition.py [--rounds 40] [--clients 8]

Starts one web process and one worker on loopback, in a folder of their own. Each round sends each call
once, so that what else the machine does weighs on all alike: the ratios mean more than the times. Then
so many clients at once compare, each the next pair as soon as it has an answer.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import requests

from tests.support.faces import make_face
from tests.support.measuring import measured_site
from tests.support.rekognition import access_key_at, boto
from tests.support.servers import Site

PEOPLE = 8
EACH = 4  # requests of each of the clients at once

Call = Callable[[int], object]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    with measured_site() as place:
        _in_turns(_calls(place), options.rounds)
        _at_once(place, options.clients)


def _calls(place: Site) -> dict[str, Call]:
    """The same work by boto3 and by our own API, one after the other, each in its own gallery."""
    access, key = access_key_at(place)
    client, session = boto(access, url=place.url), requests.Session()
    session.headers["Authorization"] = f"Bearer {key}"
    client.create_collection(CollectionId="bench")
    for person in range(PEOPLE):
        client.index_faces(CollectionId="bench", Image={"Bytes": make_face(person)})
        name = {"name": f"person {person}"}
        made = session.post(f"{place.url}/api/v1/people/", json=name, timeout=60).json()
        _post(session, place, f"people/{made['id']}/anchors/", image=make_face(person))

    return {
        "boto3 detect_faces": lambda n: client.detect_faces(Image={"Bytes": _photo(n)}),
        "API detect/": lambda n: _post(session, place, "detect/", photo=_photo(n)),
        "boto3 compare_faces": lambda n: client.compare_faces(
            SourceImage={"Bytes": _photo(n)}, TargetImage={"Bytes": _photo(n + 1)}
        ),
        "API verifications/dry/": lambda n: _post(
            session, place, "verifications/dry/", probe=_photo(n), reference=_photo(n + 1)
        ),
        "boto3 search_faces_by_image": lambda n: client.search_faces_by_image(
            CollectionId="bench", Image={"Bytes": _photo(n)}
        ),
        "API identifications/dry/": lambda n: _post(
            session, place, "identifications/dry/", probe=_photo(n)
        ),
    }


def _in_turns(calls: dict[str, Call], rounds: int) -> None:
    times: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(-2, rounds):  # the first two are warm-up
        for name, call in calls.items():
            began = time.perf_counter()
            call(number + 2)
            if number >= 0:
                times[name].append(time.perf_counter() - began)
    middles = {name: statistics.median(seen) for name, seen in times.items()}
    names = list(middles)
    for boto_name, own_name in zip(names[::2], names[1::2], strict=True):
        for name in (boto_name, own_name):
            print(f"{name:28} median {1000 * middles[name]:6.1f} ms, {1 / middles[name]:5.1f}/s")
        print(f"{'':28} ratio {middles[boto_name] / middles[own_name]:.2f}")


def _at_once(place: Site, clients: int) -> None:
    access, key = access_key_at(place)

    def by_boto(number: int) -> None:
        client = boto(access, url=place.url)
        for turn in range(EACH):
            photo = {"Bytes": _photo(EACH * number + turn)}
            client.compare_faces(SourceImage=photo, TargetImage=photo)

    def by_api(number: int) -> None:
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {key}"
        for turn in range(EACH):
            photo = _photo(EACH * number + turn)
            _post(session, place, "verifications/dry/", probe=photo, reference=photo)

    for name, run in (("boto3 compare_faces", by_boto), ("API verifications/dry/", by_api)):
        began = time.perf_counter()
        with ThreadPoolExecutor(clients) as pool:
            list(pool.map(run, range(clients)))
        took = time.perf_counter() - began
        print(f"{clients} clients at once, {name}: {clients * EACH / took:.1f}/s")


def _photo(number: int) -> bytes:
    return make_face(number % PEOPLE, number // PEOPLE)


def _post(session: requests.Session, place: Site, path: str, **photos: bytes) -> None:
    files = {name: (f"{name}.jpg", data) for name, data in photos.items()}
    answer = session.post(f"{place.url}/api/v1/{path}", files=files, timeout=60)
    if answer.status_code not in (200, 201, 202):
        raise SystemExit(f"{path}: {answer.status_code} {answer.text}")


if __name__ == "__main__":
    main()
