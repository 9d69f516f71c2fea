"""What other applications have to know of accounts, in the transaction that changes them."""

from django.dispatch import Signal

# An API key (`key`) must not work any more, now or soon: it was revoked, or another follows it.
key_ended = Signal()
