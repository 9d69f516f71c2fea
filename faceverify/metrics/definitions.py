"""Every metric of events. Those of the present state are in state.py."""

from prometheus_client import CollectorRegistry, Counter, Histogram, disable_created_metrics

disable_created_metrics()
registry = CollectorRegistry(auto_describe=False)

REQUESTS = Counter(
    "faceverify_requests",
    "Requests answered, by the name of their route.",
    ["route", "method", "status"],
    registry=registry,
)
REQUEST_SECONDS = Histogram(
    "faceverify_request_seconds",
    "Seconds until a request was answered.",
    ["route", "method"],
    buckets=(0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30),
    registry=registry,
)
OUTAGES = Counter(
    "faceverify_outages",
    "Requests that could not be answered because the server lacked something.",
    ["code"],
    registry=registry,
)
VERDICTS = Counter(
    "faceverify_verdicts",
    "Comparisons that came to a verdict, by their kind.",
    ["kind", "outcome"],
    registry=registry,
)
JOBS = Counter(
    "faceverify_jobs", "Jobs that ended, of every kind.", ["job", "state"], registry=registry
)
REFUSALS = Counter(
    "faceverify_refusals",
    "Jobs refused because of what was sent.",
    ["job", "code"],
    registry=registry,
)
FAILURES = Counter(
    "faceverify_failures",
    "Jobs that failed, by fault of the server.",
    ["job", "code"],
    registry=registry,
)
WAIT_SECONDS = Histogram(
    "faceverify_wait_seconds",
    "Seconds from handing a job in to the start of the run that ended it.",
    ["job"],
    buckets=(0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000),
    registry=registry,
)
STEP_SECONDS = Histogram(
    "faceverify_step_seconds",
    "Seconds of each step of a comparison.",
    ["step"],
    buckets=(0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10),
    registry=registry,
)
DELIVERIES = Counter(
    "faceverify_webhook_deliveries",
    "Webhook messages that were delivered or given up.",
    ["state"],
    registry=registry,
)
LIVE_FRAME_SECONDS = Histogram(
    "faceverify_live_frame_seconds",
    "Seconds from taking in a frame of a camera to its answer; their count is that of the frames.",
    buckets=(0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.2, 0.5, 1),
    registry=registry,
)
DELETIONS = Counter(
    "faceverify_deleted",
    "Rows deleted together with their files, whoever deleted them.",
    ["model"],
    registry=registry,
)
