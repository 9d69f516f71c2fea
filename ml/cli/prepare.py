"""Make a model that comes with the project, unless it is up to date.

An imported or trained model in the folder is checked and left as it is. A model made by an earlier version
of the project is kept in the folder NAME-VERSION, because an installation may be serving it.
"""

import os
import sys


def add_arguments(parser) -> None:
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="a model, for var/models/NAME, or a folder (default: FACEVERIFY_MODEL, else duo)",
    )
    parser.add_argument("--force", action="store_true", help="make it even if it is up to date")


def run(args) -> int:
    from ml.errors import ArtifactError
    from ml.packaging.prepare import prepare
    from ml.serving import artifacts

    try:
        artifact, made = prepare(args.model, force=args.force)
    except ArtifactError as error:
        chosen = args.model or os.environ.get("FACEVERIFY_MODEL")
        if chosen or error.code != "package_unavailable":
            raise
        print(
            f"The model {artifacts.DEFAULT} could not be made: {error.detail} {artifacts.FALLBACK} is "
            f"made instead; it makes more mistakes. {error.remedy}",
            file=sys.stderr,
        )
        artifact, made = prepare(artifacts.FALLBACK, force=args.force)
    state = "prepared" if made else "up to date"
    print(f"model {artifact.name} {artifact.manifest['version']} {state}: {artifact.folder}")
    return 0
