"""Models on disk: list, show, verify, import, store, make smaller variants."""

import json
from pathlib import Path

from ml.commands import (
    add_data_arguments,
    add_pairs_arguments,
    data_of,
    pairs_of,
    progress_bar,
)


def add_arguments(parser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the models in a folder")
    listing.add_argument("--folder", metavar="DIR", help="folder of models (default: var/models)")
    show = actions.add_parser("show", help="print a model's card")
    show.add_argument("--manifest", action="store_true", help="print the manifest instead")
    verify = actions.add_parser("verify", help="check every file of a model")
    for action in (show, verify):
        action.add_argument("model", nargs="?", help="model folder (default: FACEVERIFY_MODEL)")
    imported = actions.add_parser("import", help="make a model folder of a run or a Keras file")
    imported.add_argument(
        "file",
        help="run folder, .keras (a tower or a Siamese network) or .h5 (the original's format)",
    )
    imported.add_argument("--out", required=True, metavar="DIR", help="the model folder to write")
    stored = actions.add_parser(
        "store", help="put a run's model into the project: weights and head"
    )
    stored.add_argument("file", help="run folder, or .keras file of a tower")
    for action in (imported, stored):
        action.add_argument("--name", help="name of the model (default: that of the folder)")
        action.add_argument("--version", default="1.0.0")
        action.add_argument("--license", help="terms of the model, for its manifest")
        action.add_argument(
            "--variant",
            choices=("float16", "int8_dynamic"),
            help="serve a smaller form of the tower (default: float32)",
        )
        add_data_arguments(action)
    variants = actions.add_parser("variants", help="make and measure float16 and int8 forms")
    variants.add_argument("model", help="model folder")
    add_pairs_arguments(variants, models=False)
    serve = actions.add_parser("serve", help="choose the form that a model serves")
    serve.add_argument("model", help="model folder")
    serve.add_argument("variant", choices=("float32", "float16", "int8", "int8_dynamic"))


def run(args) -> int:
    return {
        "list": _list,
        "show": _show,
        "verify": _verify,
        "import": _import,
        "store": _store,
        "variants": _variants,
        "serve": _serve,
    }[args.action](args)


def _list(args) -> int:
    from ml.errors import ArtifactError
    from ml.serving import artifacts

    folder = Path(args.folder) if args.folder else artifacts.MODELS
    for path in sorted(path.parent for path in folder.glob(f"*/{artifacts.MANIFEST}")):
        try:
            found = artifacts.load(path.resolve())
        except ArtifactError as error:
            print(f"{path.name}: {error.code}: {error.detail}")
            continue
        served = " + ".join(found.encoder_files)
        try:
            size = f"{found.encoder_size / 1e6:.1f} MB"
        except OSError:
            size = "missing"
        print(f"{path.name}: {found.name} {found.manifest['version']}, {served} {size}")
    return 0


def _show(args) -> int:
    from ml.serving import artifacts, model_card

    manifest = artifacts.load(args.model).manifest
    print(json.dumps(manifest, indent=2) if args.manifest else model_card.write(manifest))
    return 0


def _verify(args) -> int:
    from ml.serving import artifacts

    found = artifacts.load(args.model)
    found.verify()
    print(f"{found.name} {found.manifest['version']}: {len(found.manifest['files'])} files intact")
    return 0


def _import(args) -> int:
    from ml.packaging.import_model import import_model

    made = import_model(
        args.file,
        args.out,
        data_of(args),
        name=args.name or Path(args.out).name,
        version=args.version,
        variant=args.variant,
        license_=args.license,
        progress=progress_bar("images"),
    )
    print(f"{made.name} {made.manifest['version']}: {made.folder}")
    return 0


def _store(args) -> int:
    from ml.packaging.import_model import store_model

    made, weights = store_model(
        args.file,
        data_of(args),
        name=args.name or Path(args.file).stem,
        version=args.version,
        variant=args.variant,
        license_=args.license,
        progress=progress_bar("images"),
    )
    print(f"{weights}: {weights.stat().st_size / 1e6:.1f} MB")
    print(f"{made.name} {made.manifest['version']}: {made.folder}")
    return 0


def _variants(args) -> int:
    from ml.packaging import quantize

    made = quantize.make(args.model, pairs_of(args), progress=progress_bar("images"))
    print(f"{'variant':13} MB      ms a face  accuracy  loss")
    for name, row in made.manifest["variants"].items():
        print(
            f"{name:13} {row['mb']:<7} {row['ms_per_face']:<10} {row['accuracy']:.4f}    "
            f"{row['accuracy_loss']:+.4f}"
        )
    return 0


def _serve(args) -> int:
    from ml.packaging import quantize

    made = quantize.serve(args.model, args.variant)
    print(f"{made.name} serves {made.encoder_files[0]}: {made.encoder_size / 1e6:.1f} MB")
    return 0
