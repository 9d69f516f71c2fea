"""What jobs announce, so that others can act on it without jobs knowing them."""

from django.dispatch import Signal

# A job has ended. Sent with the model as sender, the row's `pk` and the `row` as it ended, which receivers
# only read, in the transaction that ends it: what a receiver writes is stored exactly if the end is.
job_finished = Signal()

# Every hour: delete what is kept for a limited time. A receiver returns {what: how many}.
prune = Signal()
