"""Measure compreface-sdk's calls beside the same by our own API, in turns, and an import of many people.

    .venv/bin/python scripts/compreface_client.py [--rounds 40] [--clients 8]
    .venv/bin/python scripts/compreface_client.py --people 1000 --photos 3

Starts one web process and one worker on loopback, in a folder of their own. Each round sends each call
once, so that what else the machine does weighs on all alike: the ratios mean more than the times. Then
so many clients at once compare two photos with the SDK, four times each. With --people it imports so many
from a stand-in for a running CompreFace instead, and tells seconds and the worker's memory.
"""

import argparse
import json
import statistics
import sys
import time
from pathlib import Path
from threading import Event, Thread

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil
import requests

from tests.support.compreface_sdk import answers
from tests.support.faces import CROWD, SEEDS, make_face
from tests.support.measuring import measured_site
from tests.support.peers import KEY, compreface, peer
from tests.support.servers import Site

SCOPES = ["verify", "gallery:read", "gallery:write"]
IDENTITIES = len(SEEDS) + len(CROWD)

IN_TURNS = """
import time, requests
from concurrent.futures import ThreadPoolExecutor
recognition, verification = at.init_face_recognition(key), at.init_face_verification(key)
detection = at.init_face_detection(key)
collection = recognition.get_face_collection()
for number in range(5):
    collection.add(f"{number}.jpg", f"Person {number}")
api = f"{os.environ['SERVER']}:{os.environ['SERVER_PORT']}/api/v1"
def ours(path, **photos):
    files = {name: open(photo, "rb") for name, photo in photos.items()}
    said = requests.post(f"{api}/{path}", files=files, headers={"Authorization": f"Bearer {key}"})
    said.raise_for_status()
PAIRS = {
    "detect": (lambda: detection.detect("a.jpg"), lambda: ours("detect/", photo="a.jpg")),
    "verify": (lambda: verification.verify("a.jpg", "b.jpg"),
               lambda: ours("verifications/dry/", probe="a.jpg", reference="b.jpg")),
    "recognize": (lambda: recognition.recognize("b.jpg"),
                  lambda: ours("identifications/dry/", probe="b.jpg")),
}
times = {(name, who): [] for name in PAIRS for who in (0, 1)}
for round in range(-2, ROUNDS):
    for name, calls_of in PAIRS.items():
        for who, call in enumerate(calls_of):
            started = time.perf_counter()
            said = call()
            assert who or "result" in said, said
            if round >= 0:
                times[name, who].append(time.perf_counter() - started)
calls["times"] = {f"{name} {('sdk', 'ours')[who]}": took for (name, who), took in times.items()}
def client(_number):
    took = []
    for _each in range(4):
        started = time.perf_counter()
        said = verification.verify("a.jpg", "b.jpg")
        took.append((time.perf_counter() - started, "result" in said))
    return took
with ThreadPoolExecutor(CLIENTS) as pool:
    calls["at once"] = [row for rows in pool.map(client, range(CLIENTS)) for row in rows]
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--people", type=int, default=0)
    parser.add_argument("--photos", type=int, default=3)
    options = parser.parse_args()
    with measured_site(FACEVERIFY_IMPORT_HOSTS="127.0.0.1") as place:
        if options.people:
            _import(place, options.people, options.photos)
        else:
            _in_turns(place, place.home, options.rounds, options.clients)


def _in_turns(place: Site, folder: Path, rounds: int, clients: int) -> None:
    for number in range(5):
        (folder / f"{number}.jpg").write_bytes(make_face(number))
    (folder / "a.jpg").write_bytes(make_face(0, 1))
    (folder / "b.jpg").write_bytes(make_face(0, 2))
    program = f"ROUNDS, CLIENTS = {rounds}, {clients}\n{IN_TURNS}"
    said = answers(place, program, folder, key=place.new_key(scopes=SCOPES))
    middle = {call: 1000 * statistics.median(times) for call, times in said["times"].items()}
    for call in ("detect", "verify", "recognize"):
        sdk, ours = middle[f"{call} sdk"], middle[f"{call} ours"]
        print(
            f"{call:10} SDK {sdk:6.1f} ms ({1000 / sdk:4.1f}/s)   ours {ours:6.1f} ms "
            f"({1000 / ours:4.1f}/s)   ratio {sdk / ours:.2f}"
        )
    times = [seconds for seconds, _served in said["at once"]]
    served = sum(is_served for _seconds, is_served in said["at once"])
    print(
        f"{clients} clients at once: {served} of {len(times)} served, slowest {max(times):.2f} s, "
        f"{len(times) / (sum(times) / clients):.1f}/s"
    )


def _import(place: Site, people: int, photos: int) -> None:
    print(f"Drawing {people * photos} faces")
    drawn: dict[str, list[bytes | None]] = {
        f"Person {number}": [
            make_face(number % IDENTITIES, 1 + number // IDENTITIES * photos + photo)
            for photo in range(photos)
        ]
        for number in range(people)
    }
    headers = {"Authorization": f"Bearer {place.new_key(scopes=SCOPES)}"}
    url, most, over = f"{place.url}/api/v1/imports/", [0], Event()
    watching = Thread(target=_watch, args=(place, most, over))
    watching.start()
    with peer(compreface(drawn, page=500)) as there:
        started = time.monotonic()
        body = {"address": there.url, "api_key": KEY}
        job = requests.post(f"{url}compreface/", json=body, headers=headers, timeout=60).json()
        fetched = None
        while job["state"] in ("pending", "running"):
            time.sleep(0.5)
            job = requests.get(f"{url}{job['id']}/", headers=headers, timeout=60).json()
            if fetched is None and job["size"]:
                fetched = time.monotonic() - started
    took = time.monotonic() - started
    over.set()
    watching.join()
    print(json.dumps(job["progress"]), job["state"])
    print(
        f"{people} people with {people * photos} photos: fetched after {fetched or took:.1f} s, finished "
        f"after {took:.1f} s; the worker's processes had at most {most[0] / 1e6:.0f} MB together"
    )


def _watch(place: Site, most: list[int], over: Event) -> None:
    while not over.wait(0.5):
        try:
            rss = sum(process.memory_info().rss for process in place.worker_processes())
        except psutil.NoSuchProcess:
            continue
        most[0] = max(most[0], rss)


if __name__ == "__main__":
    main()
