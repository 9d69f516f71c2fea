"""Make the default model from the installed packages. Does nothing when it is up to date."""


def add_arguments(parser) -> None:
    parser.add_argument(
        "--model", metavar="DIR", help="where to put it (default: FACEVERIFY_MODEL)"
    )
    parser.add_argument("--force", action="store_true", help="make it even when it is up to date")


def run(args) -> int:
    from ml.prepare import prepare

    artifact, made = prepare(args.model, force=args.force)
    state = "prepared" if made else "up to date"
    print(f"model {artifact.name} {artifact.manifest['version']} {state}: {artifact.folder}")
    return 0
