"""The folder of a training run: its results, and what it needs to be resumed after a crash.

config.json    the configuration, the command, the data, the git revision, the backend
last-N.keras   the training model after epoch N, with its optimizer
best.keras     the model to keep: the Siamese network or the tower
state.json     the last finished epoch, the best one, the history; written last, so that a run that
               is killed during an epoch or a save can be resumed from the epoch before
log.csv curves.png tensorboard/
"""

import csv
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import keras

from ml.errors import MlError
from ml.training.config import Config, renamed


class Run:
    """Paths and state of one run folder."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.state: dict[str, Any] = {
            "epoch": 0,
            "best": None,
            "best_epoch": None,
            "history": [],
            "finished": False,
        }

    def open(self, description: dict) -> bool:
        """Create the folder, or resume the run that is in it.

        Args:
            description: from `describe`.

        Returns:
            whether a run is resumed.

        Raises:
            MlError: the folder has a run with another configuration.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        path = self.folder / "config.json"
        if not path.is_file():
            _replace(path, json.dumps(description, indent=2) + "\n")
        else:
            config = renamed(json.loads(path.read_text())["config"])
            if config != json.loads(json.dumps(description["config"])):
                raise MlError(
                    "run_differs",
                    f"{self.folder} has a run with another configuration.",
                    "Name another folder with --out, or delete this one.",
                )
        state = self.folder / "state.json"
        if state.is_file():
            self.state = json.loads(state.read_text())
        return state.is_file()

    @property
    def best(self) -> Path:
        return self.folder / "best.keras"

    @property
    def last(self) -> Path:
        return self.folder / f"last-{self.state['epoch']}.keras"

    def finish(self) -> None:
        """Record that the run has ended."""
        self.state["finished"] = True
        self._write_state()

    def _write_state(self) -> None:
        _replace(self.folder / "state.json", json.dumps(self.state, indent=1) + "\n")

    def write(self) -> None:
        """Write the state, and the log and the curves that show it."""
        self._write_state()
        rows = self.state["history"]
        unfinished = self.folder / "log.csv.part"
        with unfinished.open("w", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)
        unfinished.replace(self.folder / "log.csv")
        draw_curves(rows, self.folder / "curves.png")


class Checkpoints(keras.callbacks.Callback):
    """Saves after each epoch, keeps the best model, and stops when it has not improved for a while.

    Args:
        keep: the model that is saved as `best.keras`.
        monitor: name of the figure to watch.
        mode: "min" or "max", whether lower or higher is better.
    """

    def __init__(self, run: Run, keep, *, monitor: str, mode: str, patience: int):
        super().__init__()
        self.run, self.keep = run, keep
        self.monitor, self.sign, self.patience = monitor, 1 if mode == "max" else -1, patience

    def on_epoch_end(self, epoch, logs=None):
        state, done = self.run.state, epoch + 1
        row = {"epoch": done} | {name: float(value) for name, value in (logs or {}).items()}
        state["history"].append(row)
        value = row[self.monitor]
        if state["best"] is None or self.sign * value > self.sign * state["best"]:
            state["best"], state["best_epoch"] = value, done
            _save(self.keep, self.run.best)
        before = self.run.last
        state["epoch"] = done
        state["finished"] = done - state["best_epoch"] >= self.patience
        _save(self.model, self.run.last)
        self.run.write()
        if before != self.run.last:
            before.unlink(missing_ok=True)
        if state["finished"]:
            self.model.stop_training = True


def describe(config: Config, data, command: str) -> dict:
    """All that is needed to repeat a run.

    Args:
        data: folder of photos; only its name is kept.
        command: the command line that trains this way.
    """
    git = subprocess.run(
        ["git", "rev-parse", "HEAD"],  # noqa: S607
        cwd=Path(__file__).parent,
        capture_output=True,
        text=True,
        check=False,
    )
    return {
        "command": command,
        "config": config.to_dict(),
        "data": Path(data).name,
        "revision": git.stdout.strip() or "unknown",
        "backend": keras.backend.backend(),
        "keras": keras.__version__,
    }


def draw_curves(rows: list[dict], path) -> None:
    """Plot each figure by epoch, in training and on the validation people, as PNG."""
    from matplotlib.figure import Figure

    measures = [
        key.removeprefix("val_") for key in rows[0] if key not in ("epoch", "learning_rate")
    ]
    names = list(dict.fromkeys(measures))
    across = min(3, len(names))
    down = -(-len(names) // across)
    figure = Figure(figsize=(4 * across, 3 * down), layout="constrained")
    places = figure.subplots(down, across, squeeze=False).ravel()
    for axes, name in zip(places, names, strict=False):
        for key, label, colour in ((name, "training", "C0"), (f"val_{name}", "validation", "C1")):
            if key in rows[0]:
                values = [row[key] for row in rows]
                axes.plot([row["epoch"] for row in rows], values, colour, label=label)
        axes.set_title(name)
        axes.set_xlabel("epoch")
        axes.legend()
    for axes in places[len(names) :]:
        axes.remove()
    figure.savefig(path, dpi=90)


def _save(model, path: Path) -> None:
    # Keras insists on the ending .keras, so the unfinished file has it too.
    unfinished = path.with_name(f"part-{path.name}")
    model.save(unfinished)
    os.replace(unfinished, path)


def _replace(path: Path, text: str) -> None:
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_text(text)
    os.replace(unfinished, path)
