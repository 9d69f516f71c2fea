"""What a request tells about its sender."""


def from_script(request) -> bool:
    """Whether a script of ours asks, which reads JSON."""
    return request.headers.get("Accept", "").startswith("application/json")
