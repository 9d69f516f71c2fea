"""Where the site that this machine runs can be opened, for `make run`. Uses only the standard library."""

import ipaddress
import json
import urllib.error
import urllib.request


def address_of(bind: str, port: str) -> str:
    """The address of a site that listens at `bind` (FACEVERIFY_BIND; empty: this machine only)."""
    host = bind.strip().strip("[]") or "127.0.0.1"
    try:
        number = ipaddress.ip_address(host)
    except ValueError:  # a name
        return f"http://{host}:{port}"
    if number.is_unspecified:  # it listens everywhere
        number = ipaddress.ip_address("127.0.0.1" if number.version == 4 else "::1")
    return f"http://[{number}]:{port}" if number.version == 6 else f"http://{number}:{port}"


def is_ready(address: str) -> bool:
    """Whether the health page answers and has seen a worker."""
    # By this name a site knows itself, wherever it listens.
    request = urllib.request.Request(f"{address}/health/ready", headers={"Host": "localhost"})
    try:
        with urllib.request.urlopen(request, timeout=2) as answer:
            return json.load(answer)["worker"] == "ok"
    except (urllib.error.URLError, OSError, ValueError):
        return False
