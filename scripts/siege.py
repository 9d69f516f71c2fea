"""How long an ordinary request takes while the site is under attack.

    .venv/bin/python scripts/siege.py [--requests 100] [--clients 200] [--bombs 50] [--json]

Starts web, workers and the proxy of deploy/nginx on loopback, in a folder of their own, and asks for
the sign-in page and a list of the API, one after the other: at rest; while clients send their requests
a byte a second and never finish; while photos made to be dear to decode are submitted; and while no
file can be stored any more, for the disk is full. Then everything is compared again and the stored
files are checked. Ratios to the time at rest mean more than the times.

The full disk is a tmpfs of its own, which only root can mount; that part is left out for others.
"""

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import httpx

from tests.support.faces import make_face
from tests.support.image_files import bombs
from tests.support.proxies import Proxy, drip, dripping, proxy
from tests.support.servers import eventually, site

DISK_MEGABYTES = 64
SENDERS = 12


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="faceverify-siege-") as folder, contextlib.ExitStack() as stack:  # fmt: skip
        home = Path(folder)
        home.chmod(0o755)
        (home / "site").mkdir()
        media = home / "media"
        small = os.geteuid() == 0 and stack.enter_context(_small_disk(media))
        place = stack.enter_context(
            site(
                home / "site",
                FACEVERIFY_MEDIA=str(media),
                FACEVERIFY_HTTPS="true",
                FACEVERIFY_PROXIES="1",
            )
        )
        place.start_web().start_worker()
        front = stack.enter_context(proxy(home / "nginx", place.port))
        key = place.new_key()
        results = _besiege(front, key, options, media if small else None)
    if options.json:
        print(json.dumps(results, indent=1))
    else:
        _print(results)


def _besiege(
    front: Proxy, key: str, options: argparse.Namespace, media: Path | None
) -> dict[str, dict]:
    def ask() -> dict:
        return _ordinary(front, key, options.requests)

    results = {"at rest": ask()}
    with dripping(front, key, options.clients) as connections:
        background = threading.Thread(target=drip, args=(connections, 5.0), daemon=True)
        background.start()
        results[f"{options.clients} clients that drip"] = ask()
        background.join()
    results[f"{options.bombs} bombs"] = _while_sending(front, key, _bombs(options.bombs), ask)
    if media is not None:
        _fill(media)
        photos = [make_face(n) for n in range(options.bombs)]
        results["a full disk"] = _while_sending(front, key, photos, ask)
        (media / "filler").unlink()
    results["after all of it"] = ask() | {"verdict": _verdict(front, key)}
    return results


def _ordinary(front: Proxy, key: str, times: int) -> dict:
    """Milliseconds of ordinary requests, each on a connection of its own, and their statuses."""
    took, statuses = [], Counter[int]()
    for number in range(times):
        path = "/api/v1/people/" if number % 2 else "/accounts/login/"
        started = time.monotonic()
        statuses[_get(front, key, path)] += 1
        took.append((time.monotonic() - started) * 1000)
    p95 = statistics.quantiles(took, n=20)[-1]
    return {"median": statistics.median(took), "p95": p95, "statuses": dict(statuses)}


def _get(front: Proxy, key: str, path: str) -> int:
    with httpx.Client(verify=False, timeout=120) as client:
        headers = {"Authorization": f"Bearer {key}"} if path.startswith("/api/") else {}
        return client.get(front.url + path, headers=headers).status_code


def _verdict(front: Proxy, key: str) -> str:
    """The outcome of a comparison that is submitted now."""
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=front.url, headers=headers, verify=False, timeout=120) as client:
        photos = {"probe": make_face(1), "reference": make_face(1, 1)}
        path = client.post("/api/v1/verifications/", files=photos).headers["Location"]
        return eventually(lambda: client.get(path).json()["outcome"], "the verdict")


def _while_sending(front: Proxy, key: str, photos: list[bytes], ask: Callable[[], dict]) -> dict:
    """What ordinary requests take while pairs of these photos are submitted."""

    def send(photo: bytes) -> int:
        with httpx.Client(verify=False, timeout=300) as client:
            return client.post(
                f"{front.url}/api/v1/verifications/",
                files={"probe": ("a.jpg", photo), "reference": ("b.jpg", photo)},
                headers={"Authorization": f"Bearer {key}"},
            ).status_code

    with ThreadPoolExecutor(SENDERS) as senders:
        sent = [senders.submit(send, photo) for photo in photos]
        result = ask()
        return result | {"submissions": dict(Counter(each.result() for each in sent))}


def _bombs(count: int) -> list[bytes]:
    kinds = list(bombs().values())
    return [kinds[n % len(kinds)] for n in range(count)]


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[bool]:
    """A file system of its own at `folder`; gives False where none can be mounted."""
    folder.mkdir()
    size = f"size={DISK_MEGABYTES}m,mode=700"
    mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(folder)]
    mounted = subprocess.run(mount, capture_output=True).returncode == 0
    try:
        yield mounted
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", folder], check=True)


def _fill(folder: Path) -> None:
    with contextlib.suppress(OSError), (folder / "filler").open("wb", buffering=0) as file:
        while file.write(bytes(65536)):
            pass


def _print(results: dict[str, dict]) -> None:
    rest = results["at rest"]["p95"]
    print(f"{'an ordinary request':28} {'median':>8} {'p95':>8}  ratio  statuses")
    for name, found in results.items():
        more = {k: v for k, v in found.items() if k not in ("median", "p95", "statuses")}
        print(
            f"{name:28} {found['median']:6.0f}ms {found['p95']:6.0f}ms {found['p95'] / rest:6.1f}"
            f"  {found['statuses']} {more or ''}"
        )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--requests", type=int, default=100, help="in each state of the site")
    parser.add_argument("--clients", type=int, default=200, help="that send a byte a second")
    parser.add_argument("--bombs", type=int, default=50, help="submissions of dear photos")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


if __name__ == "__main__":
    main()
