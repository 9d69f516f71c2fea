"""Verification before a camera: the process `live`."""

import os

from .. import env

# How many cameras the process follows at a time, and how many sessions of an account may be open or
# wait to be opened.
FACEVERIFY_LIVE_SESSIONS = env.integer(
    "FACEVERIFY_LIVE_SESSIONS", 2 * (os.cpu_count() or 1), low=0, high=1000
)
FACEVERIFY_LIVE_ACCOUNT_SESSIONS = env.integer(
    "FACEVERIFY_LIVE_ACCOUNT_SESSIONS", 5, low=1, high=1000
)
# Threads that look at frames.
FACEVERIFY_LIVE_THREADS = env.integer(
    "FACEVERIFY_LIVE_THREADS", os.cpu_count() or 1, low=1, high=256
)
# Where it also listens, host:port, besides the socket by which the web process reaches it.
FACEVERIFY_LIVE_BIND = env.text("FACEVERIFY_LIVE_BIND")
