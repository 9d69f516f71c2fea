"""Train a model from a configuration. The same command resumes a run that was stopped."""

import shlex
from pathlib import Path

from ml.serving import artifacts

DATA = "data/lfw"


def add_arguments(parser) -> None:
    parser.add_argument("config", help="name of a file in ml/training/configs, or the path of one")
    parser.add_argument("--data", default=DATA, help=f"folder of photos (default: {DATA})")
    parser.add_argument("--out", help="run folder (default: var/runs/CONFIG)")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="change a key of the configuration",
    )
    parser.add_argument("--quiet", action="store_true", help="no progress bar")


def run(args) -> int:
    from ml.training import config

    cfg = config.load(args.config, args.set)
    from ml.training import trainer

    runs = artifacts.ROOT / "var" / "runs"
    out = Path(args.out) if args.out else runs / Path(args.config).stem
    done = trainer.train(
        cfg,
        args.data,
        out,
        cache=artifacts.ROOT / "var" / "cache",
        command=command(args.config, args.set),
        verbose=2 if args.quiet else 1,
    )
    state = done.state
    print(
        f"best epoch {state['best_epoch']} of {state['epoch']}: {state['best']:.4f} -> {done.best}"
    )
    return 0


def command(config: str, changes: list[str]) -> str:
    """The command line that trains with this configuration, without the paths of this machine."""
    name = Path(config).name if config.endswith(".py") else config
    words = [word for change in changes for word in ("--set", change)]
    return shlex.join(["python", "-m", "ml", "train", name, *words])
