"""Models on disk: list, show, verify, import a trained or an original one, make smaller variants."""

import json
from pathlib import Path

from ml.commands import progress_bar


def add_arguments(parser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the models in a folder")
    listing.add_argument("folder", nargs="?", help="folder of models (default: var/models)")
    for action, summary in (("show", "print a model's card"), ("verify", "check every file")):
        action_parser = actions.add_parser(action, help=summary)
        action_parser.add_argument(
            "model", nargs="?", help="model folder (default: FACEVERIFY_MODEL)"
        )
    show = actions.choices["show"]
    show.add_argument("--json", action="store_true", help="print the manifest instead")
    imported = actions.add_parser(
        "import", help="make a model folder of a trained tower or an original .h5"
    )
    imported.add_argument(
        "file", help=".keras (a tower or a Siamese network) or .h5 (the original's format)"
    )
    imported.add_argument("--out", required=True, metavar="DIR", help="the model folder to write")
    imported.add_argument("--tower", choices=("resnet29", "classic", "compact"), default="classic")
    imported.add_argument(
        "--images",
        required=True,
        metavar="DIR",
        help="people to calibrate on, as Name/Name_0001.jpg",
    )
    imported.add_argument("--name", help="name of the model (default: that of the folder)")
    imported.add_argument("--version", default="1.0.0")
    imported.add_argument("--license", default="unknown", help="terms of the weights, for the card")
    imported.add_argument("--zoom", type=float, default=1.0, help="above 1 shows the face larger")
    imported.add_argument("--no-mirror", action="store_true", help="half the time, more errors")
    variant = actions.add_parser("quantize", help="a copy with a float16 or int8 tower")
    variant.add_argument("kind", choices=("float16", "int8"))
    variant.add_argument("--model", metavar="DIR")
    variant.add_argument("--out", required=True, metavar="DIR")
    variant.add_argument("--images", metavar="DIR", help="people whose faces give int8 its ranges")


def run(args) -> int:
    return {
        "list": _list,
        "show": _show,
        "verify": _verify,
        "import": _import,
        "quantize": _quantize,
    }[args.action](args)


def _list(args) -> int:
    from ml import artifacts
    from ml.errors import ArtifactError

    folder = Path(args.folder) if args.folder else artifacts.DEFAULT_FOLDER.parent
    for path in sorted(path.parent for path in folder.glob(f"*/{artifacts.MANIFEST}")):
        try:
            found = artifacts.load(path.resolve())
        except ArtifactError as error:
            print(f"{path.name}: {error.detail}")
            continue
        size = sum(file.stat().st_size for file in found.folder.glob("*.tflite")) / 1e6
        print(f"{path.name}: {found.name} {found.manifest['version']}, {size:.1f} MB served")
    return 0


def _show(args) -> int:
    from ml import artifacts, model_card

    found = artifacts.load(args.model)
    print(json.dumps(found.manifest, indent=2) if args.json else model_card.render(found.manifest))
    return 0


def _verify(args) -> int:
    from ml import artifacts

    found = artifacts.load(args.model)
    found.verify()
    print(f"{found.name} {found.manifest['version']}: {len(found.manifest['files'])} files intact")
    return 0


def _import(args) -> int:
    from ml import import_h5, packaging, siamese
    from ml.errors import ArtifactError
    from ml.keras_models import keras, load

    head, unit_length = None, True
    if args.file.endswith(".h5"):
        tower, head = import_h5.build(args.file)
        tower_name, unit_length = "classic", False  # its neuron knows these embeddings as they are
    else:
        try:
            model = load(args.file)
        except (ValueError, OSError, TypeError) as error:
            raise ArtifactError(
                "model_damaged", f"{args.file} cannot be loaded: {error}"
            ) from error
        tower, tower_name = siamese.tower_of(model), args.tower
        keras.backend.clear_session()
    made = packaging.package(
        tower,
        args.out,
        tower_name=tower_name,
        name=args.name or Path(args.out).name,
        version=args.version,
        images=args.images,
        mirror=not args.no_mirror and head is None,
        unit_length=unit_length,
        zoom=args.zoom,
        head=head,
        details={
            "license": args.license,
            "reproduce": f"python -m ml models import {Path(args.file).name}",
        },
        progress=progress_bar("images"),
    )
    print(f"{made.name} {made.manifest['version']}: {made.folder}")
    print(f"true-match rate by false-match rate: {made.manifest['metrics']['tmr']}")
    return 0


def _quantize(args) -> int:
    from ml import artifacts, packaging

    made = packaging.quantize(artifacts.load(args.model), args.out, args.kind, images=args.images)
    print(
        f"{made.name}: {(made.folder / 'encoder.tflite').stat().st_size / 1e6:.1f} MB, {made.folder}"
    )
    return 0
