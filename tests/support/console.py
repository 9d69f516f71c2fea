"""Python inside a site, piece by piece: Django starts once for all of them, which takes a second."""

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
import traceback
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


class Console:
    """A process with these settings, which runs what it is given. Changed settings have it start anew."""

    def __init__(self, environment: dict[str, str]):
        self.environment, self._started_with = environment, dict[str, str]()
        self._process: subprocess.Popen[str] | None = None

    def run(self, code: str, patience: float) -> str:
        """What the code printed. It ends within `patience` seconds, or fails."""
        process = self._started()
        assert process.stdin is not None and process.stdout is not None
        late = threading.Timer(patience, process.kill)
        late.start()
        try:
            process.stdin.write(json.dumps(code) + "\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        finally:
            late.cancel()
        assert answer, f"the console ended, or took longer than {patience} s, with:\n{code}"
        printed, failure = json.loads(answer)
        assert not failure, f"{printed}\n{failure}"
        return printed

    def _started(self) -> "subprocess.Popen[str]":
        if self._process is None or self._started_with != self.environment:
            self.close()
            self._started_with = dict(self.environment)
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.support.console"],
                cwd=ROOT, env=self.environment, text=True, start_new_session=True,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            )  # fmt: skip
        return self._process

    def close(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None


def main() -> None:
    import django

    # What a library prints by itself is no answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "faceverify.settings")
    django.setup()
    from django.db import connections

    for line in sys.stdin:
        printed, failure = io.StringIO(), ""
        try:
            with contextlib.redirect_stdout(printed):
                exec(json.loads(line), {"__name__": "__console__"})
        except BaseException:
            failure = traceback.format_exc()
        finally:
            connections.close_all()  # a database may be stopped before the next piece
        print(json.dumps([printed.getvalue(), failure]), file=answers, flush=True)


if __name__ == "__main__":
    main()
