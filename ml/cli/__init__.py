"""The commands of `python -m ml`. Each has `add_arguments(parser)` and `run(args) -> exit status`.

Slow imports are inside `run`, so that every command starts fast.
"""

import os
from contextlib import contextmanager


def add_model_arguments(parser) -> None:
    """Add --model and --runtime, for commands that load a model."""
    parser.add_argument(
        "--model", metavar="DIR", help="model folder (default: FACEVERIFY_MODEL, else duo)"
    )
    parser.add_argument("--runtime", choices=("litert", "keras"), default="litert")


def add_pairs_arguments(parser, *, models: bool = True) -> None:
    """Add --images, --pairs and --folds, for commands that measure models on labelled pairs.

    With `models`, also add --json, --model and --runtime.
    """
    parser.add_argument(
        "--images",
        metavar="DIR",
        help="images as Name/Name_0001.jpg; for CSV the folder for its paths (default: that of the file)",
    )
    parser.add_argument(
        "--pairs",
        metavar="FILE",
        required=True,
        help="pairs in LFW's format, or CSV with the columns probe,reference,same",
    )
    _add_folds(parser, "--folds", "which folds of the pairs to use")
    _add_subject(parser)
    if not models:
        return
    parser.add_argument("--json", metavar="OUT", help='write the figures as JSON ("-": print them)')
    parser.add_argument(
        "--model",
        metavar="DIR",
        action="append",
        help="model folder (default: FACEVERIFY_MODEL, else duo); may be repeated to compare models",
    )
    parser.add_argument("--runtime", choices=("litert", "keras"), default="litert")


def add_data_arguments(parser) -> None:
    """Add --images, --pairs, --data, --held-out and --only, for commands that fit a head."""
    parser.add_argument(
        "--images", metavar="DIR", help="images as Name/Name_0001.jpg; all pairs of them are used"
    )
    parser.add_argument(
        "--pairs", metavar="FILE", help="use these pairs: LFW's format, or CSV probe,reference,same"
    )
    parser.add_argument("--data", default="", help="name of the data, for the manifest")
    parser.add_argument(
        "--held-out",
        metavar="FILE",
        help="pairs in LFW's format whose people are left out, for measuring on them later",
    )
    _add_folds(parser, "--held-out-folds", "which folds of that file count")
    parser.add_argument(
        "--only",
        metavar="FILE",
        help="pairs in LFW's format: only their people are used, such as those held out by a run",
    )
    _add_folds(parser, "--only-folds", "which folds of that file count")
    _add_subject(parser)


def data_of(args):
    """The data given by the arguments of `add_data_arguments`."""
    from ml.packaging import package

    without = _people(args.held_out, args.held_out_folds) if args.held_out else set()
    only = _people(args.only, args.only_folds) if args.only else None
    return package.read_data(
        args.images,
        args.pairs,
        name=args.data,
        without=without,
        only=only,
        subject=args.subject,
    )


def _people(file, folds) -> set[str]:
    from ml.evaluation.datasets import lfw

    return {lfw.person_of(name) for name in lfw.read_pairs(file).only(folds).images()}


def pairs_of(args):
    """The pairs given by the arguments of `add_pairs_arguments`."""
    from ml.errors import MlError
    from ml.evaluation.datasets import pairs_file

    pairs = pairs_file.read(args.pairs, args.images).only(args.folds)
    if len(set(pairs.folds)) < 2:
        raise MlError(
            "too_few_folds",
            "The pairs are of one fold: the threshold of each fold is taken from the others.",
            "Give --folds at least two numbers of folds in the file, or leave it out.",
        )
    return pairs


def _add_folds(parser, name: str, words: str) -> None:
    parser.add_argument(
        name,
        metavar="N,N",
        default=(),
        type=lambda text: tuple(int(word) for word in text.split(",")),
        help=f"{words}, from 1 (default: all)",
    )


def _add_subject(parser) -> None:
    parser.add_argument(
        "--subject",
        choices=("clear", "middle"),
        default="clear",
        help="the face to use in a photo with several: the one that is clearly meant, or else the photo "
        "is refused, as in the product (default); or the one nearest to the middle, as in LFW",
    )


def load_verifiers(args) -> list:
    """The Verifiers given by the arguments of `add_pairs_arguments`."""
    from ml.serving.verifier import Verifier

    chance = chance_of_environment()
    with _quiet_stderr():
        return [
            Verifier.load(folder, runtime=args.runtime, no_match_chance=chance)
            for folder in args.model or [None]
        ]


def load_verifier(args):
    """The Verifier given by the arguments of `add_model_arguments`."""
    from ml.serving.verifier import Verifier

    chance = chance_of_environment()
    with _quiet_stderr():
        return Verifier.load(args.model, runtime=args.runtime, no_match_chance=chance)


def chance_of_environment() -> float | None:
    """FACEVERIFY_NO_MATCH_CHANCE, as the web application reads it; None if it is not set.

    Raises:
        MlError: the value is not between 0 and 0.5.
    """
    from ml.decision.rule import checked_chance
    from ml.errors import MlError

    text = os.environ.get("FACEVERIFY_NO_MATCH_CHANCE", "").strip()
    if not text:
        return None
    try:
        return checked_chance(float(text))
    except ValueError:
        raise MlError(
            "setting_invalid",
            f"FACEVERIFY_NO_MATCH_CHANCE={text!r} is not a number between 0 and 0.5.",
            "Correct it, or remove it to use the model's own value.",
        ) from None


@contextmanager
def _quiet_stderr():
    """Suppress the messages that LiteRT and TensorFlow write to the file descriptor when they start."""
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
    """A wrapper for lists that shows progress on standard error if it is a terminal."""
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
