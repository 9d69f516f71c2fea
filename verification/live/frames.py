"""What the process that follows cameras announces."""

from django.dispatch import Signal

# A frame was looked at, in so many `seconds`.
frame_done = Signal()
