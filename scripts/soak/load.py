"""The mixed load: what programs ask of a site, in a fixed mixture, as fast as it goes or at a pace."""

import itertools
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import requests

from tests.support.faces import CROWD, SEEDS, make_face
from tests.support.zips import packed

from .ledger import Ledger

WAIT, TIMEOUT, PATIENCE = 10, 60, 180  # seconds: of ?wait=, of a request, until a job has ended
IDENTITIES = len(SEEDS) + len(CROWD)
STAYING, VARIATIONS = 50, 3  # people who stay in the gallery; photos of each
# So many of each stay; then the oldest is deleted with every new one, and the disk holds as much as before.
VERDICTS, COMERS, JOBS = 200, 20, 3
FEW = 20  # verdicts, in a run of a few minutes
PAIRS_A_BATCH, PEOPLE_AN_IMPORT = 10, 5
# Of 200 operations.
MIXTURE = {
    "two photos": 106,
    "a photo and a person": 20,
    "a search of the gallery": 54,
    "a list": 10,
    "a person comes, another goes": 6,
    "a batch of ten pairs": 2,
    "an import of five people": 2,
}
ENDED = ("done", "refused", "failed")


class Broken(Exception):
    """An operation did not go as it must; the words name no id."""


class Load:
    """Programs with one account's key, in as many threads as need be."""

    def __init__(
        self, url: str, key: str, ledger: Ledger, *, verdicts: int = VERDICTS, seed: int = 20
    ):
        self.url, self.key, self.ledger = f"{url}/api/v1", key, ledger
        self.photos = [
            [make_face(identity, variation) for variation in range(VARIATIONS)]
            for identity in range(IDENTITIES)
        ]
        self.most_verdicts = verdicts
        self.people: list[str] = []
        self.verdicts: deque[str] = deque()
        self.comers: deque[str] = deque()
        self.batches: deque[str] = deque()
        self.imports: deque[str] = deque()
        self.numbers = itertools.count(1)
        self.rng = random.Random(seed)
        self.lock = threading.Lock()
        names = [name for name, count in MIXTURE.items() for _ in range(count)]
        self.rng.shuffle(names)
        self.names = itertools.cycle(names)
        self.operations: dict[str, Callable[[], None]] = {
            "two photos": self.two_photos,
            "a photo and a person": self.photo_and_person,
            "a search of the gallery": self.search,
            "a list": self.read,
            "a person comes, another goes": self.come_and_go,
            "a batch of ten pairs": self.batch,
            "an import of five people": self.import_people,
        }

    # How it is applied.

    def as_fast_as_it_goes(self, programs: int, seconds: float, stop: threading.Event) -> float:
        """Each program sends its next request after the answer; operations a second."""
        ends = time.monotonic() + seconds
        done = itertools.count()

        def go() -> None:
            while time.monotonic() < ends and not stop.is_set():
                self._one(self.ledger.now())
                next(done)

        began = time.monotonic()
        threads = [threading.Thread(target=go, daemon=True) for _ in range(programs)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return next(done) / (time.monotonic() - began)

    def at_a_pace(
        self,
        rate: Callable[[], float],
        seconds: float,
        stop: threading.Event,
        told: Callable[[], None],
    ) -> None:
        """As many operations begin each second as `rate` says then, at random moments, whether earlier ones are answered or
        not; how long one takes is counted from the moment when it was due. What has not begun in the end,
        because the site is too slow for the pace, is given up and counted."""
        began = self.ledger.now()
        due = began
        asked: list[Future[None]] = []
        with ThreadPoolExecutor(64) as programs:
            while not stop.is_set():
                due += self.rng.expovariate(rate())
                if due > began + seconds:
                    break
                if (pause := due - self.ledger.now()) > 0:
                    stop.wait(pause)
                asked = [each for each in asked if not each.done()]
                asked.append(programs.submit(self._one, due))
                told()
            stop.wait(1)  # those that have just been asked for begin
            programs.shutdown(wait=False, cancel_futures=True)
            self.ledger.not_begun += sum(each.cancelled() for each in asked)

    def _one(self, due: float) -> None:
        with self.lock:
            name = next(self.names)
        try:
            self.operations[name]()
        except Broken as broken:
            self.ledger.trouble(f"{name}: {broken}")
        except requests.RequestException as error:
            self.ledger.trouble(f"{name}: {type(error).__name__}")
        else:
            self.ledger.took(due, name, self.ledger.now() - due)

    # The operations.

    def two_photos(self) -> None:
        who = self._any(IDENTITIES)
        other = who if self._any(2) else self._any(IDENTITIES)
        photos = {"probe": self._photo(who), "reference": self._photo(other)}
        self._verdict("verifications/", photos, {})

    def photo_and_person(self) -> None:
        number = self._any(STAYING)
        photos = {"probe": self._photo(number)}
        self._verdict("verifications/", photos, {"person": self.people[number]})

    def search(self) -> None:
        self._verdict("identifications/", {"probe": self._photo(self._any(IDENTITIES))}, {})

    def read(self) -> None:
        paths = ("verifications/?page_size=20", "people/?page_size=20", "usage/", "batches/")
        self.ask("GET", paths[self._any(len(paths))], 200)

    def come_and_go(self) -> None:
        """Deleted are the earlier ones, half of them for good at once, half as can be undone."""
        number = next(self.numbers)
        name = f"Comer {number}"
        person = self.ask("POST", "people/", 201, json={"name": name})["id"]
        self._add_photo(person, self._photo(self._any(IDENTITIES)))
        self.comers.append(person)
        if len(self.comers) > COMERS:
            self._delete("people", self.comers.popleft(), erase=bool(number % 2))

    def batch(self) -> None:
        names = [f"{number}.jpg" for number in range(5)]
        archive = packed((name, self._photo(self._any(IDENTITIES))) for name in names)
        chosen = [(self._of(names), self._of(names)) for _ in range(PAIRS_A_BATCH)]
        listed = "probe,reference\n" + "".join(f"{a},{b}\n" for a, b in chosen)
        sent = {"pairs": ("pairs.csv", listed.encode()), "archive": ("photos.zip", archive)}
        self._job("batches", sent, self.batches)

    def import_people(self) -> None:
        """They are deleted when they are there, all at once, as can be undone."""
        tag = f"Import {next(self.numbers)}"
        files = [
            (f"{tag} {person}/{name}.jpg", self._photo(self._any(IDENTITIES)))
            for person in range(PEOPLE_AN_IMPORT)
            for name in ("a", "b")
        ]
        self._job("imports", {"archive": ("people.zip", packed(files))}, self.imports)
        query = f"people/?q={tag} &page_size=50"
        found = self._until(
            query,
            lambda found: all(row["ready_count"] for row in found["results"]) and found["results"],
            "its people did not become ready",
        )
        ids = [row["id"] for row in found if row["name"].startswith(f"{tag} ")]
        if len(ids) != PEOPLE_AN_IMPORT:
            raise Broken(f"{len(ids)} people instead of {PEOPLE_AN_IMPORT}")
        self.ask("POST", "people/selection/", 200, json={"action": "delete", "people": ids})
        for _ in ids:
            self.ledger.delete("people")

    # Before and after.

    def fill(self) -> None:
        """The people who stay."""
        for number in range(STAYING):
            person = self.ask("POST", "people/", 201, json={"name": f"Person {number}"})["id"]
            for variation in range(2):
                self._add_photo(person, self.photos[number][variation])
            self.people.append(person)

    def drain(self) -> None:
        """Wait until everything that was accepted has ended."""
        for kind, ids in self.ledger.unfinished.items():
            for id in ids:
                try:
                    self._end(kind, id)
                except (Broken, requests.RequestException):
                    pass  # it stays unfinished, which the verdict on the soak says

    def delete_all(self) -> None:
        """Everything that the load has made, for good."""
        for kind, stock in (
            ("verifications", self.verdicts),
            ("batches", self.batches),
            ("imports", self.imports),
            ("people", self.comers),
        ):
            while stock:
                self._delete(kind, stock.popleft(), erase=kind == "people")

    # How it is done.

    def _verdict(self, path: str, photos: dict[str, bytes], data: dict[str, str]) -> None:
        files = {name: (f"{name}.jpg", photo) for name, photo in photos.items()}
        answer = self.answer("POST", f"{path}?wait={WAIT}", (201, 202), files=files, data=data)
        row = answer.json()
        self.ledger.accept("verifications", row["id"])
        if row["state"] in ENDED:
            self.ledger.end("verifications", row["id"], row["state"])
        else:
            row = self._end("verifications", row["id"], asked_pause(answer))
        if row["state"] != "done":
            raise Broken(f"the verdict is {row['state']}")
        self._keep("verifications", row["id"], self.verdicts, self.most_verdicts)

    def _job(self, kind: str, files: dict[str, Any], stock: deque[str]) -> None:
        row = self.ask("POST", f"{kind}/", 202, files=files)
        self.ledger.accept(kind, row["id"])
        row = self._end(kind, row["id"])
        if row["state"] != "done":
            raise Broken(f"it is {row['state']}")
        self._keep(kind, row["id"], stock, JOBS)

    def _end(self, kind: str, id: str, pause: float = 0) -> dict[str, Any]:
        """The row, once it has ended."""
        path = f"{kind}/{id}/"
        row = self._until(path, lambda row: row["state"] in ENDED and row, "it did not end", pause)
        self.ledger.end(kind, id, row["state"])
        return row

    def _keep(self, kind: str, id: str, stock: deque[str], most: int) -> None:
        stock.append(id)
        if len(stock) > most:
            self._delete(kind, stock.popleft())

    def _delete(self, kind: str, id: str, *, erase: bool = False) -> None:
        expected = 204 if erase or kind != "people" else 200
        self.ask("DELETE", f"{kind}/{id}/" + "?erase=true" * erase, expected)
        self.ledger.delete(kind)

    def _add_photo(self, person: str, photo: bytes) -> None:
        image = {"image": ("photo.jpg", photo)}
        anchor = self.ask("POST", f"people/{person}/anchors/", (201, 202), files=image)["id"]
        self._until(
            f"anchors/{anchor}/",
            lambda row: row["state"] not in ("pending", "running"),
            "a photo was not embedded",
        )

    def _until(
        self, path: str, enough: Callable[[Any], Any], trouble: str, pause: float = 0
    ) -> Any:
        """Ask, as often as the server wants or at growing intervals, until it is enough."""
        deadline, growing = time.monotonic() + PATIENCE, 0.1
        while True:
            time.sleep(pause or growing)
            growing = min(2 * growing, 1.0)
            answer = self.answer("GET", path, 200)
            if found := enough(answer.json()):
                return found
            if time.monotonic() > deadline:
                raise Broken(trouble)
            pause = asked_pause(answer)

    def ask(self, *request: Any, **more: Any) -> Any:
        """The JSON of the answer."""
        answer = self.answer(*request, **more)
        return answer.json() if answer.content else None

    def answer(
        self, method: str, path: str, expected: int | tuple[int, ...], **more: Any
    ) -> requests.Response:
        """As clients do, repeated with the same key if nothing answers."""
        headers = {"Authorization": f"Bearer {self.key}", "Connection": "close"}
        if method == "POST":
            headers["Idempotency-Key"] = str(uuid4())
        for pause in (0.5, 2.0, 8.0, 0.0):
            try:
                answer = requests.request(
                    method, f"{self.url}/{path}", headers=headers, timeout=TIMEOUT, **more
                )
                break
            except requests.ConnectionError:
                if not pause:
                    raise
                self.ledger.repeat()
                time.sleep(pause)
        if answer.status_code not in (expected if isinstance(expected, tuple) else (expected,)):
            raise Broken(f"{method} answered {answer.status_code}")
        return answer

    def _any(self, below: int) -> int:
        with self.lock:
            return self.rng.randrange(below)

    def _of(self, names: list[str]) -> str:
        return names[self._any(len(names))]

    def _photo(self, identity: int) -> bytes:
        return self.photos[identity][self._any(VARIATIONS)]


def asked_pause(answer: requests.Response) -> float:
    """The seconds after which the server wants to be asked again; 0 if it says nothing."""
    return float(answer.headers.get("Retry-After", 0))
