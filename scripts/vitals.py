"""What the main pages weigh and how soon they are there, as a phone of the middle range sees them.

    .venv/bin/python scripts/vitals.py [--times 5] [--desktop] [--json]

In the manner of Lighthouse: Chromium at 390 x 844, its processor slowed down four times and its network to 1.6 Mbit/s
with 150 ms, nothing in its cache. Told are the medians of the largest contentful paint, of the shift of the
layout, of the time in which tasks of more than 50 ms block the page between the first paint and the end of its
loading, and the bytes and number of requests. Starts a site on loopback in a folder of its own, with a
verdict and a person. The limits are those that web.dev calls good. Measure on an otherwise idle machine.
"""

import argparse
import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, StorageState, sync_playwright

from tests.support.browsing import ARGUMENTS, CHROMIUM, sign_in
from tests.support.cameras import add_person
from tests.support.faces import make_face
from tests.support.programs import Client
from tests.support.servers import Site, site

EMAIL = "ada@example.org"
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True}
DESKTOP = {"viewport": {"width": 1280, "height": 900}}
SLOWER = 4  # times, the processor
SLOW_NETWORK = {
    "offline": False,
    "latency": 150,  # ms
    "downloadThroughput": 1.6e6 / 8,  # bytes a second
    "uploadThroughput": 750e3 / 8,
}
QUIET = 2000  # ms after the page was loaded, in which it may still change
GOOD = {"lcp_ms": 2500, "cls": 0.1, "tbt_ms": 200}
OBSERVE = """
window.vitals = { lcp: 0, cls: 0, tbt: 0 };
const watch = (type, note) => new PerformanceObserver((list) => list.getEntries().forEach(note)).observe({ type, buffered: true });
watch("largest-contentful-paint", (entry) => (vitals.lcp = entry.startTime));
watch("layout-shift", (entry) => entry.hadRecentInput || (vitals.cls += entry.value));
watch("longtask", (entry) => (vitals.tbt += Math.max(0, entry.duration - 50)));
"""


def main() -> None:
    options = _options()
    assert CHROMIUM, "the program chromium is not installed"
    with tempfile.TemporaryDirectory(prefix="faceverify-vitals-") as folder:
        with site(Path(folder)) as place, sync_playwright() as playwright:
            place.start_web().start_worker()
            pages = _pages(place)
            browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
            state = _signed_in(browser, place)
            found = {
                name: _measured(browser, place, state, address, options)
                for name, address in pages.items()
            }
            browser.close()
    print(json.dumps(found, indent=2) if options.json else _table(found))


def _pages(place: Site) -> dict[str, str]:
    """The pages by name, once there is something on them."""
    key = place.new_key(email=EMAIL)
    person = add_person(place, key, "Ada", 0)
    answer = Client(place, key).submit(make_face(0, 2), make_face(0, 3), wait=10)
    assert answer.ok, answer.text
    return {
        "Compare": "/compare/",
        "a result": f"/verifications/{answer.json()['id']}/",
        "History": "/history/",
        "People": "/people/",
        "a person": f"/people/{person}/",
        "Live": "/compare/live/",
    }


def _signed_in(browser: Browser, place: Site) -> StorageState:
    context = browser.new_context(base_url=place.url)
    sign_in(context.new_page(), EMAIL)
    state = context.storage_state()
    context.close()
    return state


def _measured(
    browser: Browser, place: Site, state: StorageState, address: str, options: argparse.Namespace
) -> dict[str, float]:
    seen = [_visit(browser, place, state, address, options.desktop) for _ in range(options.times)]
    return {name: round(statistics.median(each[name] for each in seen), 3) for name in seen[0]}


def _visit(
    browser: Browser, place: Site, state: StorageState, address: str, desktop: bool
) -> dict[str, float]:
    """One visit, in a context of its own: nothing is in the cache."""
    look: dict[str, Any] = DESKTOP if desktop else PHONE
    context = browser.new_context(base_url=place.url, storage_state=state, **look)
    page = context.new_page()
    page.add_init_script(OBSERVE)
    devtools = context.new_cdp_session(page)
    devtools.send("Network.enable")
    weight = {"bytes": 0.0, "requests": 0.0}

    def arrived(event: dict[str, Any]) -> None:
        weight["bytes"] += event["encodedDataLength"]
        weight["requests"] += 1

    devtools.on("Network.loadingFinished", arrived)
    if not desktop:
        devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        devtools.send("Network.emulateNetworkConditions", SLOW_NETWORK)
    answer = page.goto(address, wait_until="load")
    assert answer is not None and answer.ok, f"{address} answers {answer and answer.status}"
    page.wait_for_timeout(QUIET)
    vitals = page.evaluate("vitals")
    context.close()
    return {
        "lcp_ms": vitals["lcp"],
        "cls": vitals["cls"],
        "tbt_ms": vitals["tbt"],
        "kilobytes": weight["bytes"] / 1000,
        "requests": weight["requests"],
    }


def _table(found: dict[str, dict[str, float]]) -> str:
    lines = [f"{'':10} {'LCP':>8} {'CLS':>6} {'TBT':>7} {'size':>8} {'requests':>9}"]
    for name, row in found.items():
        missed = [limit for limit, most in GOOD.items() if row[limit] > most]
        lines.append(
            f"{name:10} {row['lcp_ms']:5.0f} ms {row['cls']:6.3f} {row['tbt_ms']:4.0f} ms "
            f"{row['kilobytes']:5.0f} kB {row['requests']:9.0f}"
            + (f"   not good: {', '.join(missed)}" if missed else "")
        )
    return "\n".join(lines)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--times", type=int, default=5, help="visits of each page")
    parser.add_argument("--desktop", action="store_true", help="1280 x 900, nothing slowed down")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
