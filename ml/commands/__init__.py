"""The commands of `python -m ml`. Each has `add_arguments(parser)` and `run(args) -> exit status`.

Heavy imports stand inside `run`, so that every command starts fast.
"""

import os
from contextlib import contextmanager


def add_model_arguments(parser) -> None:
    """--model and --runtime, for commands that load a model."""
    parser.add_argument(
        "--model", metavar="DIR", help="model folder (default: FACEVERIFY_MODEL, else resnet29)"
    )
    parser.add_argument("--runtime", choices=("litert", "keras"), default="litert")


def add_pairs_arguments(parser) -> None:
    """--images, --pairs and --json, for commands that measure a model on labelled pairs."""
    parser.add_argument(
        "--images", metavar="DIR", required=True, help="images as Name/Name_0001.jpg"
    )
    parser.add_argument("--pairs", metavar="FILE", required=True, help="pairs in LFW's format")
    parser.add_argument("--json", metavar="OUT", help='write the figures as JSON ("-": print them)')
    add_model_arguments(parser)


def load_verifier(args):
    """The Verifier that `add_model_arguments` asked for."""
    from ml.runtime import Verifier

    with _quiet_stderr():
        return Verifier.load(args.model, runtime=args.runtime)


@contextmanager
def _quiet_stderr():
    """LiteRT and TensorFlow announce themselves on the file descriptor; nobody asked."""
    saved = os.dup(2)
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(saved, 2)
        os.close(saved)


def write_json(path: str, result: dict) -> None:
    """Write a result to a file, or to standard output for "-"."""
    import json
    import sys

    text = json.dumps(result, indent=2) + "\n"
    if path == "-":
        sys.stdout.write(text)
    else:
        with open(path, "w") as file:
            file.write(text)


def progress_bar(label: str):
    """A wrapper for a list that reports progress on a terminal's standard error."""
    import sys

    def wrap(items):
        step = max(1, len(items) // 20)
        for count, item in enumerate(items, 1):
            yield item
            if sys.stderr.isatty() and (count % step == 0 or count == len(items)):
                print(f"\r{label}: {count}/{len(items)}", end="", file=sys.stderr, flush=True)
        if sys.stderr.isatty():
            print(file=sys.stderr)

    return wrap
