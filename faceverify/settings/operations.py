"""What is watched while the site runs."""

from .. import env

# Less room than this, where files are stored, is told before it is used up.
FACEVERIFY_MIN_FREE_MEGABYTES = env.integer(
    "FACEVERIFY_MIN_FREE_MEGABYTES", 1024, low=0, high=100_000_000
)
# Nothing may wait for longer than this while there are workers.
FACEVERIFY_STUCK_SECONDS = env.integer("FACEVERIFY_STUCK_SECONDS", 120, low=5, high=24 * 3600)
# For so long a web process that is told to stop answers whatever comes, while /health/ready turns
# requests away from it.
FACEVERIFY_DRAIN_SECONDS = env.integer("FACEVERIFY_DRAIN_SECONDS", 0, low=0, high=300)
# Whoever sends it may read /metrics; empty: nobody may.
FACEVERIFY_METRICS_TOKEN = env.text("FACEVERIFY_METRICS_TOKEN")
