"""Made cameras for Chromium: films that its fake camera plays, and a scene that does what the page asks."""

import functools
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from playwright.sync_api import Page, Route, expect

from ml.evaluation.live import films, props, species
from ml.faces.finder import FaceFinder
from ml.serving.verifier import Verifier
from tests.support.faces import make_face, to_jpeg
from tests.support.programs import Client
from tests.support.servers import Site, eventually

# Chromium's own camera, without a question whether a page may use it.
ALLOWED = "--use-fake-ui-for-media-stream"
CAMERA = "--use-fake-device-for-media-stream"
NO_CAMERA = "--use-fake-device-for-media-stream=device-count=0"
DENIED = "--deny-permission-prompts"

# Keeps the tracks that a page was given, to see that they have ended.
KEEP_TRACKS = """
window.tracks = [];
if (navigator.mediaDevices) {
  const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (...what) => {
    const stream = await ask(...what);
    window.tracks.push(...stream.getTracks());
    return stream;
  };
}
"""

# A camera whose pictures are fetched one by one from the test, with the step that the page shows.
SCENE = """
(() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 480, height: 360 });
  const pen = canvas.getContext("2d");
  let step = "";
  let began = 0;
  addEventListener("guidance", ({ detail }) => {
    if (detail.step) step = `${detail.step}:${detail.codes[0]}`;
  });
  async function play(track) {
    while (track.readyState === "live") {
      const at = (performance.now() - began) / 1000;
      const answer = await fetch(`/made-camera/?at=${at}&step=${step}`);
      if (!answer.ok) break;
      pen.drawImage(await createImageBitmap(await answer.blob()), 0, 0);
    }
  }
  navigator.mediaDevices.getUserMedia = async () => {
    const stream = canvas.captureStream(15);
    began ||= performance.now();
    play(stream.getVideoTracks()[0]);
    return stream;
  };
})();
"""


def film_of(path: Path) -> str:
    """Chromium's switch that makes a film the picture of its camera."""
    return f"--use-file-for-fake-video-capture={path}"


@functools.cache
def finder() -> FaceFinder:
    return Verifier.load().finder


def write_film(path: Path, *parts: Sequence[bytes]) -> Path:
    """Forth and back, so that nothing jumps where it starts again."""
    frames = [frame for part in parts for frame in part]
    films.write_mjpeg(path, [*frames, *reversed(frames)])
    return path


def person(identity: int, *, kind: str = "live", other: int | None = None, seconds: float = 3.0):
    """Frames with a drawn person before the camera; `kind` as of `films.of_photo`."""
    return films.of_photo(
        finder(),
        make_face(identity),
        kind=kind,
        other=None if other is None else make_face(other),
        seconds=seconds,
    )


def side_by_side(one: int, other: int, *, seconds: float = 3.0) -> list[bytes]:
    """Frames with two drawn people, from the middle of a film of each."""
    left, right = (
        [films.pixels(frame) for frame in person(identity, seconds=seconds)]
        for identity in (one, other)
    )
    middle = slice(left[0].shape[1] // 4, left[0].shape[1] * 3 // 4)
    return [
        to_jpeg(Image.fromarray(np.concatenate([a[:, middle], b[:, middle]], axis=1)))
        for a, b in zip(left, right, strict=True)
    ]


def nobody(seconds: float = 2.0) -> list[bytes]:
    return films.empty(seconds=seconds)


class Scene:
    """Somebody before the camera of a page, who does what the page asks for."""

    def __init__(self, page: Page, identity: int, *, kind: str = "live", seed: int = 0):
        self.portrait = props.portrait(finder(), make_face(identity))
        self.kind, self.seed = kind, seed
        self._begin()
        page.add_init_script(SCENE)
        page.route("**/made-camera/**", self._picture)

    def _begin(self) -> None:
        """As if nothing had been asked."""
        cast = species.Cast(self.portrait, self.portrait)
        self.scene = species.ALL[self.kind](cast, np.random.default_rng(self.seed))
        self.heard, self.at = "", 0.0

    def _picture(self, route: Route) -> None:
        asked = dict(part.split("=") for part in route.request.url.partition("?")[2].split("&"))
        at, step = float(asked["at"]), asked["step"].replace("%3A", ":")
        if at < self.at:  # the page was opened again
            self._begin()
        self.at = at
        if step and step != self.heard:
            self.heard = step
            self.scene.ask(step.partition(":")[2], at)
        route.fulfill(body=self.scene.frame(at), content_type="image/jpeg")


def add_person(place: Site, key: str, name: str, identity: int) -> str:
    """Somebody in the gallery, with two photos that can be compared with; the id."""
    client = Client(place, key)
    people = f"{place.url}/api/v1/people/"
    id = client.session.post(people, json={"name": name}, timeout=60).json()["id"]
    for variation in (0, 1):
        photo = {"image": ("photo.jpg", make_face(identity, variation))}
        client.session.post(f"{people}{id}/anchors/", files=photo, timeout=60)
    eventually(
        lambda: client.session.get(f"{people}{id}/", timeout=60).json()["ready_count"] == 2,
        f"the photos of {name}",
    )
    return id


# On a page


def start(page: Page) -> None:
    page.get_by_role("button", name="Start the camera").click()


def camera_is_on(page: Page) -> None:
    expect(page.get_by_text("Camera on")).to_be_visible()


def camera_is_off(page: Page) -> None:
    """Nothing shows, and none of the tracks that the page was given is left running."""
    expect(page.get_by_text("Camera on")).to_be_hidden()
    states = page.evaluate("window.tracks.map((track) => track.readyState)")
    assert states and set(states) == {"ended"}


def told(page: Page, words: str) -> None:
    """The page says so where the picture would be, and to a screen reader."""
    expect(page.locator("faceverify-live .text")).to_contain_text(words)
    expect(page.get_by_role("status").filter(has_text=words).first).to_be_attached()


def frames_answered(page: Page, at_least: int) -> None:
    count = "performance.getEntriesByName('faceverify-live').length"
    eventually(lambda: page.evaluate(count) >= at_least, "answers to frames")
