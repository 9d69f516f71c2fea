"""Make a model that comes with the project. Does nothing when it is up to date.

A model that was imported or trained into the folder is checked and left as it is.
"""


def add_arguments(parser) -> None:
    parser.add_argument(
        "--model",
        metavar="NAME",
        help="which model, for var/models/NAME, or a folder (default: FACEVERIFY_MODEL, else resnet29)",
    )
    parser.add_argument("--force", action="store_true", help="make it even when it is up to date")


def run(args) -> int:
    from ml.packaging.prepare import prepare

    artifact, made = prepare(args.model, force=args.force)
    state = "prepared" if made else "up to date"
    print(f"model {artifact.name} {artifact.manifest['version']} {state}: {artifact.folder}")
    return 0
