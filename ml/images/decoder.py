"""The separate process that decodes photos which could take too much time or memory.

`sandbox` starts it with a socket as its standard input. It serves one request at a time. A request is
the length of a JSON header, the header, the file's bytes and its colour profile; the answer is a
header followed by the pixels or a JPEG. The process ends when the socket is closed, or when it exceeds
its limits of memory and processor time.
"""

import json
import os
import resource
import socket
import struct

from ml.errors import ImageRefused

MEMORY_BYTES = 285 * 1024 * 1024  # of the whole process
CPU_SECONDS = 2
LENGTH = struct.Struct("<I")


def main() -> None:
    channel = socket.socket(fileno=0)
    from ml.images import pixels  # noqa: F401  imported before the first request arrives

    while True:
        try:
            answer, made = _serve(channel)
        except EOFError:
            return
        try:
            send(channel, answer | {"size": len(made)}, made)
        except OSError:
            return
        del made  # frees its memory before the next request


def _serve(channel: socket.socket) -> tuple[dict, bytes]:
    """Read one request; the header and the body of the answer. Raises EOFError."""
    from ml.images import pixels
    from ml.images.encoding import jpeg
    from ml.images.structure import Source

    header = json.loads(receive(channel, LENGTH.unpack(receive(channel, LENGTH.size))[0]))
    data = bytes(receive(channel, header.pop("data")))
    icc = bytes(receive(channel, header.pop("icc")))
    max_side, as_jpeg = header.pop("max_side"), header.pop("jpeg")
    source = Source(data=data, icc=icc, **header)
    pixels.prepare(source)
    _limit_memory()
    _limit_time()
    try:
        image = pixels.rgb(source, max_side)
        size = {"width": image.width, "height": image.height}
        return size, jpeg(image) if as_jpeg else image.tobytes()
    except ImageRefused as refusal:
        return {"refused": [refusal.code, refusal.detail, refusal.remedy]}, b""
    except MemoryError:
        return {"costly": True}, b""


def send(channel: socket.socket, header: dict, *parts: bytes) -> None:
    head = json.dumps(header).encode()
    channel.sendall(LENGTH.pack(len(head)) + head)
    for part in parts:
        channel.sendall(part)


def receive(channel: socket.socket, size: int) -> bytearray:
    """The next `size` bytes. Raises EOFError when the other side has closed the connection."""
    found = bytearray(size)
    view = memoryview(found)
    while view:
        count = channel.recv_into(view)
        if not count:
            raise EOFError
        view = view[count:]
    return found


def _limit_memory() -> None:
    """Limit this process's memory. Only Linux enforces it; elsewhere the pixel limits must suffice."""
    try:
        with open("/proc/self/statm") as file:
            reserved, used = (int(n) * resource.getpagesize() for n in file.read().split()[:2])
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (reserved + max(0, MEMORY_BYTES - used), hard))
    except (OSError, ValueError):
        pass


def _limit_time() -> None:
    """Let the kernel kill this process when decoding takes too much processor time."""
    used = sum(os.times()[:2])
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + CPU_SECONDS, hard))
