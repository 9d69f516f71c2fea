"""How long a person waits: from the click on the button until the verdict is painted, in Chromium.

    .venv/bin/python scripts/click_to_verdict.py [--times 20] [--people 1000] [--lfw data/lfw] [--only pair] [--json]

Starts web and worker on loopback in a folder of their own. Asked are two ordinary photos, two of 12 megapixels, a
photo and a named person, a photo among the people of a gallery, and a group photo. Photos are drawn ones, or those of an LFW folder; each
time they are others, for a photo that was compared before is known. Measure on an otherwise idle machine.
"""

import argparse
import io
import itertools
import json
import math
import statistics
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.support.browsing import ARGUMENTS, CHROMIUM, sign_in
from tests.support.cameras import add_person
from tests.support.faces import group, make_face
from tests.support.servers import Site, eventually, site

EMAIL = "ada@example.org"
PATIENCE = 120_000  # milliseconds
WARM = 2  # comparisons before those that count
LARGE = (4000, 3000)  # pixels
TWO_PHOTOS = ("probe", "reference")
# The address of each page, and the fields of its form.
KINDS = {
    "pair": ("/compare/", TWO_PHOTOS),
    "pair of 12 megapixels": ("/compare/", TWO_PHOTOS),
    "a named person": ("/people/{ada}/verify/", ("probe",)),
    "among the people": ("/identify/", ("probe",)),
    "group photo": ("/identify/group/", ("probe",)),
}
# On every page: when the button was pressed, and when a verdict, a refusal or a failure has been painted.
END = ".verdict, main .notice--error:not([hidden])"
CLOCK = (
    f"""
const END = {json.dumps(END)};
"""
    + """
const now = () => performance.timeOrigin + performance.now();
addEventListener("click", (event) => {
  if (event.target.closest("[data-submit]")) sessionStorage.setItem("pressed", now());
}, true);
addEventListener("DOMContentLoaded", () => {
  const look = () => {
    if (!document.querySelector(END)) return;
    seen.disconnect();
    requestAnimationFrame(() => setTimeout(() => (window.painted = now() - sessionStorage.getItem("pressed"))));
  };
  const seen = new MutationObserver(look);
  seen.observe(document, { childList: true, subtree: true });
  look();
});
"""
)
# Random faces in the gallery of the account; those of the photos are not among them.
FILL = """
import numpy as np
from accounts.models import User
from verification import engine
from verification.models import Anchor, Person
from verification.gallery.embeddings import encrypt_embedding
owner = User.objects.get(email={email!r})
size, model = engine.model_info().embedding_size, engine.model_identity().sha256
found = np.random.default_rng(0).normal(size=({people}, size)).astype(np.float32)
found /= np.linalg.norm(found, axis=1, keepdims=True)
rows = [Person(owner=owner, name=f"Person {{n}}") for n in range({people})]
Person.objects.bulk_create(rows)
Anchor.objects.bulk_create(
    Anchor(owner=owner, person=row, state="ready", embedding=encrypt_embedding(face), model_sha256=model,
           quality=0.9, content_sha256=f"{{n:064x}}", crop="none", finished_at=row.created_at)
    for n, (row, face) in enumerate(zip(rows, found))
)
"""


def main() -> None:
    options = _options()
    assert CHROMIUM, "the program chromium is not installed"
    kinds = [options.only] if options.only else list(KINDS)
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="faceverify-click-") as folder:
        home = Path(folder)
        (home / "site").mkdir()
        with site(home / "site") as place, sync_playwright() as playwright:
            place.start_web().start_worker()
            ada = _gallery(place, options.people)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            context = browser.new_context(
                base_url=place.url, viewport={"width": 1280, "height": 900}
            )
            page = context.new_page()
            sign_in(page, EMAIL)
            page.add_init_script(CLOCK)
            for kind in kinds:
                photos = _photos(kind, options.lfw)
                address, fields = KINDS[kind]
                times = [
                    _ask(page, address.format(ada=ada), fields, photos, home)
                    for _ in range(WARM + options.times)
                ]
                found[kind] = _of(times[WARM:])
            browser.close()
    print(json.dumps(found, indent=2) if options.json else _table(found))


def _ask(
    page: Page, address: str, fields: tuple[str, ...], photos: Iterator[bytes], home: Path
) -> float:
    """Compare the next photos; seconds from the click to the painted verdict."""
    page.goto(address)
    for field in fields:
        file = home / f"{field}.jpg"
        file.write_bytes(next(photos))
        page.locator(f'input[name="{field}"]').set_input_files(file)
    page.wait_for_timeout(500)  # previews are drawn, as while a person looks at them
    page.locator("[data-submit]:visible").click()
    page.wait_for_url("**/verifications/**", timeout=PATIENCE)
    page.locator(END).first.wait_for(timeout=PATIENCE)
    assert page.locator(".verdict").count(), page.locator("main").inner_text()[:300]
    painted: float = eventually(lambda: page.evaluate("window.painted"), "the painted verdict")
    return painted / 1000


def _gallery(place: Site, people: int) -> str:
    """So many people; the id of the one with photos."""
    key = place.new_key(email=EMAIL)
    ada = add_person(place, key, "Ada", 0)
    if people > 1:
        place.run(
            "manage.py", "shell", "--no-imports", "-c", FILL.format(email=EMAIL, people=people - 1)
        )
    return ada


def _photos(kind: str, lfw: Path | None) -> Iterator[bytes]:
    """Photos without end; drawn ones differ by the identity and the variation."""
    ordinary = _of_folder(lfw) if lfw else (make_face(n // 9, n % 9) for n in itertools.count())
    if kind == "group photo":
        return (group((n, 0), (n + 1, 1), (n + 2, 2), (n + 3, 3)) for n in itertools.count())
    return map(_large, ordinary) if "12" in kind else ordinary


def _of_folder(lfw: Path) -> Iterator[bytes]:
    files = sorted(lfw.glob("*/*_0001.jpg"))
    assert files, f"{lfw} is no folder of Labeled Faces in the Wild"
    return (file.read_bytes() for file in itertools.cycle(files))


def _large(photo: bytes) -> bytes:
    with Image.open(io.BytesIO(photo)) as small:
        large = small.convert("RGB").resize(LARGE)
    out = io.BytesIO()
    large.save(out, "JPEG", quality=92)
    return out.getvalue()


def _of(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "median_s": round(statistics.median(ordered), 3),
        "p95_s": round(ordered[math.ceil(0.95 * len(ordered)) - 1], 3),
    }


def _table(found: dict[str, dict[str, float]]) -> str:
    return "\n".join(
        f"{kind}: median {row['median_s']:.2f} s, p95 {row['p95_s']:.2f} s"
        for kind, row in found.items()
    )


def _options() -> Any:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--people", type=int, default=1000, help="in the gallery")
    parser.add_argument("--lfw", type=Path, help="a folder of Labeled Faces in the Wild")
    parser.add_argument("--only", choices=list(KINDS))
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
