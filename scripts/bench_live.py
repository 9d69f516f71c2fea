"""How many frames of cameras a second are looked at, and how soon the answer is there.

    .venv/bin/python scripts/bench_live.py [--seconds 15] [--lfw data/lfw] [--json]

Starts web, worker and the process `live` on loopback, in a folder of their own, and films made of photos
(drawn ones, or those of an LFW folder). Asked are: one camera at 15 frames a second; several cameras as fast as
each gets its answers; four cameras at 5 a second while two photos are compared, one pair after the other; and
a page in Chromium with a made camera, from the moment a frame is taken until what was found is painted.
Measure on an otherwise idle machine.
"""

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import sync_playwright

from ml.evaluation.live.films import of_photo, write_mjpeg
from ml.serving.verifier import Verifier
from tests.support.browsing import ARGUMENTS, CHROMIUM, sign_in
from tests.support.cameras import ALLOWED, CAMERA, add_person, film_of, start
from tests.support.faces import make_face
from tests.support.live import LiveClient, message, said
from tests.support.programs import Client
from tests.support.servers import Site, site

FRAME = "frame"
# Notes for each frame when its picture is taken, and when the page has painted the answer to it.
PAINTED = """
window.painted = [];
const taken = [];
for (const kind of [CanvasRenderingContext2D, OffscreenCanvasRenderingContext2D]) {
  const drawn = kind.prototype.drawImage;
  kind.prototype.drawImage = function (source, ...rest) {
    if (source instanceof HTMLVideoElement) window.last = performance.now();
    return drawn.call(this, source, ...rest);
  };
}
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
  if (typeof data !== "string" && !this.heard) {
    this.heard = true;
    this.addEventListener("message", () => {
      const from = taken.shift();
      if (from) requestAnimationFrame(() => window.painted.push([performance.now(), performance.now() - from]));
    });
  }
  if (typeof data !== "string") taken.push(window.last);
  return send.call(this, data);
};
"""


def main() -> None:
    options = _options()
    finder = Verifier.load().finder
    photos = _photos(options.lfw)
    films = [of_photo(finder, photo, seconds=4.0) for photo, _ in photos[:4]]
    found: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="faceverify-live-") as folder:
        home = Path(folder)
        (home / "site").mkdir()
        with site(
            home / "site", FACEVERIFY_LIVE_SESSIONS="8", FACEVERIFY_LIVE_ACCOUNT_SESSIONS="50"
        ) as place:
            place.start_web().start_worker().start_live()
            key = place.new_key(email="camera@example.org")
            # Nobody on the films: all faces stay unknown, and a session is opened again when it ends.
            add_person(place, key, "Somebody", 0)
            program, ask = LiveClient(place, key), {"task": "identify"}
            found["one camera at 15 a second"] = _cameras(
                program, films[:1], ask, 15, options.seconds
            )
            for count in (1, 2, 4):
                name = f"{count} camera(s), as fast as answers come"
                found[name] = _cameras(program, films[:count], ask, 0, options.seconds)
            found["four cameras at 5 a second"] = _cameras(
                program, films, ask, 5, options.seconds, lambda: _pairs(place, photos)
            )
            if CHROMIUM:
                write_mjpeg(home / "film.mjpeg", films[0])
                found["a page in Chromium"] = _page(place, home / "film.mjpeg", options.seconds)
    print(json.dumps(found, indent=2) if options.json else _table(found))


def _cameras(
    program: LiveClient,
    films: list[list[bytes]],
    ask: dict[str, Any],
    rate: float,
    seconds: float,
    meanwhile: Callable[[], list[float]] | None = None,
) -> dict[str, Any]:
    """Play these films to sessions at the same time, each frame once the one before is answered."""
    times: list[float] = []
    pairs: list[float] = []
    ends = time.monotonic() + seconds

    def play(film: list[bytes]) -> None:
        while time.monotonic() < ends:  # a session may end by itself
            answer = program.ask(**ask)
            assert answer.status_code == 201, answer.text
            session = answer.json()
            with program.socket(session) as socket:
                said(socket)
                began = time.monotonic()
                for number in range(10_000):
                    if rate and (wait := began + number / rate - time.monotonic()) > 0:
                        time.sleep(wait)
                    sent = time.monotonic()
                    if sent > ends:
                        return
                    # A camera's clock is never behind 15 frames a second, or they are not looked at.
                    socket.send(
                        message(number, film[number % len(film)], int((sent - began) * 1000))
                    )
                    if said(socket)["type"] != FRAME:
                        break
                    times.append(time.monotonic() - sent)

    threads = [threading.Thread(target=play, args=(film,)) for film in films]
    for thread in threads:
        thread.start()
    while meanwhile and time.monotonic() < ends:
        pairs += meanwhile()
    for thread in threads:
        thread.join()
    of_pairs = {f"pair_{name}": value for name, value in _of(pairs).items()} if pairs else {}
    return {"frames_per_second": round(len(times) / seconds, 1), **_of(times), **of_pairs}


def _pairs(place: Site, photos: list[tuple[bytes, bytes]]) -> list[float]:
    """How long one comparison of two photos takes."""
    client = Client(place, place.new_key())
    began = time.monotonic()
    answer = client.submit(*photos[0], wait=10)
    assert answer.status_code == 201, answer.text
    return [time.monotonic() - began]


def _page(place: Site, film: Path, seconds: float) -> dict[str, Any]:
    """The page for everyone one knows, with the film as its camera."""
    usual = [switch for switch in ARGUMENTS if "media-stream" not in switch]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*usual, ALLOWED, CAMERA, film_of(film)]
        )
        page = browser.new_context(base_url=place.url).new_page()
        sign_in(page, "camera@example.org")
        page.add_init_script(PAINTED)
        page.goto("/compare/live/")
        start(page)
        page.wait_for_timeout(seconds * 1000)
        painted = page.evaluate("window.painted")
        browser.close()
    spent = (painted[-1][0] - painted[0][0]) / 1000
    return {
        "frames_per_second": round((len(painted) - 1) / spent, 1),
        **_of([row[1] / 1000 for row in painted]),
    }


def _of(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "median_ms": round(1000 * statistics.median(ordered), 1),
        "p95_ms": round(1000 * ordered[int(0.95 * (len(ordered) - 1))], 1),
    }


def _table(found: dict[str, Any]) -> str:
    return "\n".join(
        f"{name}: " + ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in row.items())
        for name, row in found.items()
    )


def _photos(lfw: Path | None) -> list[tuple[bytes, bytes]]:
    """Two photos of each of four people."""
    if lfw is None:
        return [(make_face(n, 0), make_face(n, 1)) for n in range(1, 5)]
    people = [sorted(folder.glob("*.jpg")) for folder in sorted(lfw.iterdir()) if folder.is_dir()]
    several = [photos for photos in people if len(photos) > 1][:4]
    return [(photos[0].read_bytes(), photos[1].read_bytes()) for photos in several]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--lfw", type=Path, help="a folder of Labeled Faces in the Wild")
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
