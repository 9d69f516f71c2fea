"""The command line `python -m ml COMMAND`. Each command is a module in `ml.cli`."""

import argparse
import importlib
import json
import sys

from ml.errors import ImageRefused, MlError

COMMANDS = {
    "compare": "say whether two photos show the same person",
    "detect": "find and measure the faces in a photo",
    "prepare": "make a model that comes with the project",
    "robustness": "measure accuracy on degraded photos",
    "identify-scale": "measure searches of galleries of up to 100,000 people",
    "evaluate": "measure models on labelled pairs, with plots, as HTML and JSON",
    "calibrate": "refit the head, thresholds and calibration of a model",
    "coverage": "train or measure the network that detects covered faces",
    "bench": "measure speed and memory",
    "live-evaluate": "measure live sessions on filmed sequences of people and attacks",
    "detector": "measure the face detector on unchanged and changed photos",
    "train": "train a model from a configuration",
    "data": "fetch, capture, check and augment training photos",
    "models": "list, show, verify and import models",
}
OK, ERROR, REFUSED = 0, 1, 2


def main(argv: list[str] | None = None) -> int:
    """Run one command. The exit status is 0 for success, 1 for an error, 2 for a refused photo or wrong usage."""
    parser = argparse.ArgumentParser(
        prog="python -m ml", description="Faces: detect, compare, measure."
    )
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        module = importlib.import_module(f"ml.cli.{name.replace('-', '_')}")
        subparser = subparsers.add_parser(name, help=summary, description=module.__doc__)
        module.add_arguments(subparser)
        subparser.set_defaults(run=module.run)
    args = parser.parse_args(argv)
    try:
        return args.run(args) or OK
    except MlError as error:
        which = error.which if isinstance(error, ImageRefused) else None
        refused = isinstance(error, ImageRefused)
        if getattr(args, "json", None) is True:
            print(json.dumps({"outcome": "refused" if refused else "error"} | error.to_dict()))
        where = f"{which}: " if which else ""
        print(f"{where}{error.detail} {error.remedy}".strip(), file=sys.stderr)
        return REFUSED if refused else ERROR
    except OSError as error:
        print(
            f"{error.strerror or error}: {error.filename}" if error.filename else error,
            file=sys.stderr,
        )
        return ERROR


if __name__ == "__main__":
    sys.exit(main())
