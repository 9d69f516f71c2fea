"""The queues, each with worker processes of its own, so that one kind of work does not wait for
another. Each model of jobs names its queue beside its task, or its queues."""

INTERACTIVE = "interactive"  # somebody waits for it: comparisons, photos of people
BULK = "bulk"  # may take long: batches, imports and their photos, exports, calibration, erasing
WEBHOOKS = "webhooks"  # waits for other servers
LIVE = "live"  # no queue: what the process that follows cameras says it serves

QUEUES = (INTERACTIVE, BULK, WEBHOOKS)

# Which message of a queue is taken first, as Redis counts it. One of several photos comes later than a
# comparison: its owner waits for all of them anyway.
FIRST, LATER = 0, 3
