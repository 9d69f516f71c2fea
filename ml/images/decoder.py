"""The process in which photos are decoded that could take too long or too much memory.

Started by `sandbox` with a socket as its standard input. It knows one request at a time: a header
of JSON, its length before it, then the file's bytes and its colour profile; the answer is a header
and the pixels, or a JPEG. It ends when the socket is closed, and by its own limits.
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
    from ml.images import pixels
    from ml.images.encoding import jpeg
    from ml.images.structure import Source

    while True:
        try:
            header = json.loads(receive(channel, LENGTH.unpack(receive(channel, LENGTH.size))[0]))
            data = bytes(receive(channel, header.pop("data")))
            icc = bytes(receive(channel, header.pop("icc")))
        except EOFError:
            return
        max_side, as_jpeg = header.pop("max_side"), header.pop("jpeg")
        source = Source(data=data, icc=icc, **header)
        pixels.prepare(source)
        _limit_memory()
        _limit_time()
        try:
            image = pixels.rgb(source, max_side)
            answer = {"width": image.width, "height": image.height}
            made = jpeg(image) if as_jpeg else image.tobytes()
        except ImageRefused as refusal:
            answer, made = {"refused": [refusal.code, refusal.detail, refusal.remedy]}, b""
        except MemoryError:
            answer, made = {"costly": True}, b""
        image = source = data = icc = None  # given back while nobody asks
        try:
            send(channel, answer | {"size": len(made)}, made)
        except OSError:
            return
        made = None


def send(channel: socket.socket, header: dict, *parts: bytes) -> None:
    head = json.dumps(header).encode()
    channel.sendall(LENGTH.pack(len(head)) + head)
    for part in parts:
        channel.sendall(part)


def receive(channel: socket.socket, size: int) -> bytearray:
    """Raises EOFError when the other side has ended."""
    found = bytearray(size)
    view = memoryview(found)
    while view:
        count = channel.recv_into(view)
        if not count:
            raise EOFError
        view = view[count:]
    return found


def _limit_memory() -> None:
    """Linux alone holds a process to it; elsewhere the limits of pixels have to do."""
    try:
        with open("/proc/self/statm") as file:
            reserved, used = (int(n) * resource.getpagesize() for n in file.read().split()[:2])
        hard = resource.getrlimit(resource.RLIMIT_AS)[1]
        resource.setrlimit(resource.RLIMIT_AS, (reserved + max(0, MEMORY_BYTES - used), hard))
    except (OSError, ValueError):
        pass


def _limit_time() -> None:
    """The kernel ends a process that has computed longer, whatever the decoder is doing."""
    used = sum(os.times()[:2])
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used) + 1 + CPU_SECONDS, hard))
