"""Who wants to know when a job ends, without jobs knowing them."""

from django.dispatch import Signal

# Sent with the model as sender and the row's `pk`, in the transaction that ends it: what a receiver
# writes is there exactly when the end is.
job_finished = Signal()
