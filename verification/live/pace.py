"""When the next frame may be looked at."""


class Pace:
    """So many frames a second at most, in the long run.

    Counted from when a frame was due, so that one that came a little late does not delay all others; what
    was lost by more than half an interval is lost.
    """

    def __init__(self, per_second: float, now: float):
        self.interval = 1 / per_second
        self.due = now

    def until(self, now: float) -> float:
        """Seconds until a frame may be looked at."""
        return max(0.0, self.due - now)

    def taken(self, now: float) -> None:
        """A frame is looked at."""
        self.due = max(self.due, now - self.interval / 2) + self.interval
