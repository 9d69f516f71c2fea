"""Models on disk: list, show, verify, import a trained or an original one."""

import json
from pathlib import Path

from ml.commands import progress_bar


def add_arguments(parser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the models in a folder")
    listing.add_argument("--folder", metavar="DIR", help="folder of models (default: var/models)")
    show = actions.add_parser("show", help="print a model's card")
    show.add_argument("--manifest", action="store_true", help="print the manifest instead")
    verify = actions.add_parser("verify", help="check every file of a model")
    for action in (show, verify):
        action.add_argument("model", nargs="?", help="model folder (default: FACEVERIFY_MODEL)")
    imported = actions.add_parser("import", help="make a model folder of a Keras file")
    imported.add_argument(
        "file", help=".keras (a tower or a Siamese network) or .h5 (the original's format)"
    )
    imported.add_argument("--out", required=True, metavar="DIR", help="the model folder to write")
    imported.add_argument(
        "--images",
        required=True,
        metavar="DIR",
        help="people that fit head and thresholds, as Name/Name_0001.jpg",
    )
    imported.add_argument("--name", help="name of the model (default: that of the folder)")
    imported.add_argument("--version", default="1.0.0")


def run(args) -> int:
    return {"list": _list, "show": _show, "verify": _verify, "import": _import}[args.action](args)


def _list(args) -> int:
    from ml import artifacts
    from ml.errors import ArtifactError

    folder = Path(args.folder) if args.folder else artifacts.DEFAULT_FOLDER.parent
    for path in sorted(path.parent for path in folder.glob(f"*/{artifacts.MANIFEST}")):
        try:
            found = artifacts.load(path.resolve())
        except ArtifactError as error:
            print(f"{path.name}: {error.code}: {error.detail}")
            continue
        size = sum(file.stat().st_size for file in found.folder.glob("*.tflite")) / 1e6
        print(f"{path.name}: {found.name} {found.manifest['version']}, {size:.1f} MB served")
    return 0


def _show(args) -> int:
    from ml import artifacts, model_card

    manifest = artifacts.load(args.model).manifest
    print(json.dumps(manifest, indent=2) if args.manifest else model_card.write(manifest))
    return 0


def _verify(args) -> int:
    from ml import artifacts

    found = artifacts.load(args.model)
    found.verify()
    print(f"{found.name} {found.manifest['version']}: {len(found.manifest['files'])} files intact")
    return 0


def _import(args) -> int:
    from ml.import_model import import_model

    made = import_model(
        args.file,
        args.out,
        name=args.name or Path(args.out).name,
        version=args.version,
        images=args.images,
        progress=progress_bar("images"),
    )
    print(f"{made.name} {made.manifest['version']}: {made.folder}")
    return 0
