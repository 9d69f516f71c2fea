"""A training process that is killed outright goes on to the same result."""

import csv
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ml.networks.keras_io import keras
from tests.support.present import present

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def start(people):
    """Start a run of `smoke` with hard pairs in a process of its own."""
    running = []

    def started(out):
        changes = ["held_out=", "batch=4", "steps=3", "hard=0.5", "limit=18"]
        words = [word for text in changes for word in ("--set", text)]
        command = ["train", "smoke", "--data", str(people), "--out", str(out), "--quiet", *words]
        process = subprocess.Popen(
            [sys.executable, "-u", "-m", "ml", *command],
            cwd=ROOT,
            env=os.environ | {"TF_ENABLE_ONEDNN_OPTS": "0"},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        running.append(process)
        return process

    yield started
    for process in running:
        process.kill()
        process.wait()
        present(process.stdout).close()


@pytest.mark.slow
def test_a_killed_run_ends_where_it_would_have(start, tmp_path):
    whole = start(tmp_path / "whole")
    whole.communicate()
    assert whole.returncode == 0

    cut = start(tmp_path / "cut")
    for line in cut.stdout:
        if line.startswith("Epoch 2/2"):  # the first epoch's checkpoint is written
            cut.send_signal(signal.SIGKILL)
            break
    cut.communicate()
    assert cut.returncode == -signal.SIGKILL
    assert json.loads((tmp_path / "cut" / "state.json").read_text())["epoch"] == 1

    again = start(tmp_path / "cut")
    told, _ = again.communicate()
    assert again.returncode == 0
    assert "Epoch 1/2" not in told

    logs = [list(csv.reader((tmp_path / run / "log.csv").open())) for run in ("whole", "cut")]
    assert logs[0][0] == logs[1][0] and len(logs[0]) == len(logs[1]) == 3
    np.testing.assert_allclose(
        np.array(logs[0][1:], float), np.array(logs[1][1:], float), rtol=1e-5, atol=1e-6
    )
    one, two = (
        keras.models.load_model(tmp_path / run / "last-2.keras").get_weights()
        for run in ("whole", "cut")
    )
    for left, right in zip(one, two, strict=True):
        np.testing.assert_allclose(left, right, atol=1e-6)
