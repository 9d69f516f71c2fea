"""Train a model from a configuration; the same command goes on with a run that was stopped."""

from pathlib import Path

from ml.serving import artifacts


def add_arguments(parser) -> None:
    parser.add_argument("config", help="name of a file in ml/training/configs, or the path of one")
    parser.add_argument(
        "--data", help="folder of photos; default: FACEVERIFY_LFW, else ../shared/lfw"
    )
    parser.add_argument("--out", help="run folder; default: var/runs/CONFIG")
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

    out = Path(args.out) if args.out else artifacts.ROOT / "var" / "runs" / Path(args.config).stem
    done = trainer.train(
        cfg,
        args.data or default_data(),
        out,
        cache=artifacts.ROOT / "var" / "cache",
        verbose=2 if args.quiet else 1,
    )
    state = done.state
    print(
        f"best epoch {state['best_epoch']} of {state['epoch']}: {state['best']:.4f} -> {done.best}"
    )
    return 0


def default_data() -> Path:
    """Labeled Faces in the Wild on this machine."""
    import os

    return Path(os.environ.get("FACEVERIFY_LFW") or artifacts.ROOT.parent / "shared" / "lfw")
