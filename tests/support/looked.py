"""A worker that looks at photos within the test's own process, at the moment a request waits for it."""

from contextlib import contextmanager
from unittest import mock

from verification.looks import services
from verification.worker import tasks


@contextmanager
def worker_here(*, runs: int = 1):
    """While this lasts, whoever waits for a look has it carried out, so many runs of it."""

    def carry_out(model, pk, _seconds):
        for _run in range(runs):
            model.objects.filter(pk=pk).update(due_at=None)
            tasks.look(str(pk))
        return model.objects.filter(pk=pk).first()

    # Not by a heartbeat, which is old before a busy machine has loaded the model.
    with (
        mock.patch.object(services, "worker_is_alive", lambda: True),
        mock.patch.object(services, "wait_until_finished", carry_out),
    ):
        yield
