"""List, show, verify, import, fuse and store models, and make smaller variants."""

import argparse
import json
import math
import sys
from pathlib import Path

from ml.cli import (
    add_data_arguments,
    add_pairs_arguments,
    data_of,
    pairs_of,
    progress_bar,
)
from ml.errors import ArtifactError, MlError

# Arguments of `import` that only ONNX files need.
ONNX_ONLY = ["input_size", "alignment", "zoom", "mean", "scale", "channels", "mirror", "source"]
ONNX_ONLY += ["training_data"]


def add_arguments(parser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the models in a folder")
    listing.add_argument("--folder", metavar="DIR", help="folder of models (default: var/models)")
    show = actions.add_parser("show", help="print a model card")
    show.add_argument("--manifest", action="store_true", help="print the manifest instead")
    verify = actions.add_parser("verify", help="check every file of a model")
    for action in (show, verify):
        action.add_argument("model", nargs="?", help="model folder (default: FACEVERIFY_MODEL)")
    imported = actions.add_parser(
        "import", help="make a model folder from a run, a Keras file or an ONNX file"
    )
    imported.add_argument(
        "file",
        help="run folder, .keras (a tower or a Siamese network), .h5 (the original's format) or .onnx "
        "(face to embedding)",
    )
    _add_onnx_arguments(imported)
    fused = actions.add_parser("fuse", help="combine the towers of several models into one model")
    fused.add_argument("models", nargs="+", metavar="MODEL", help="model folder, or name")
    fused.add_argument(
        "--weights",
        type=_numbers,
        metavar="W,W",
        help="weights of the towers (default: measured, see docs/models.md)",
    )
    fused.add_argument("--name", help="name of the model (default: that of the folder)")
    fused.add_argument("--version", default="1.0.0")
    add_data_arguments(fused)
    for action in (imported, fused):
        action.add_argument("--out", required=True, metavar="DIR", help="the model folder to write")
    stored = actions.add_parser("store", help="add a run's model to the project: weights and head")
    stored.add_argument("file", help="run folder, or .keras file of a tower")
    for action in (imported, stored):
        action.add_argument("--name", help="name of the model (default: that of the folder)")
        action.add_argument("--version", default="1.0.0")
        action.add_argument("--license", help="licence of the model, for its manifest")
        action.add_argument(
            "--variant",
            choices=("float16", "int8_dynamic"),
            help="serve a smaller variant of the tower (default: float32)",
        )
        add_data_arguments(action)
    variants = actions.add_parser("variants", help="make and measure float16 and int8 variants")
    variants.add_argument("model", help="model folder")
    add_pairs_arguments(variants, models=False)
    serve = actions.add_parser("serve", help="choose the variant that a model serves")
    serve.add_argument("model", help="model folder")
    serve.add_argument("variant", choices=("float32", "float16", "int8", "int8_dynamic"))


def _add_onnx_arguments(parser) -> None:
    onnx = parser.add_argument_group("for ONNX files: how the network was trained")
    onnx.add_argument("--input-size", type=int, metavar="N", help="side of its input in pixels")
    onnx.add_argument("--alignment", help="arcface112 (default), dlib150 or lfw")
    onnx.add_argument(
        "--zoom", type=float, metavar="Z", help="enlargement of the face in its chip (default: 1)"
    )
    onnx.add_argument("--mean", type=_numbers, help="one number, or three (default: 127.5)")
    onnx.add_argument("--scale", type=_numbers, help="one number, or three (default: 127.5)")
    onnx.add_argument(
        "--channels", choices=("rgb", "bgr"), help="order of the channels (default: rgb)"
    )
    onnx.add_argument(
        "--mirror",
        action=argparse.BooleanOptionalAction,
        help="average each embedding with that of the mirror image (default: yes)",
    )
    onnx.add_argument("--source", metavar="TEXT", help="source of the network, for the model card")
    onnx.add_argument(
        "--training-data", metavar="TEXT", help="its training data, for the model card"
    )


def _numbers(text: str) -> tuple[float, ...]:
    numbers = tuple(float(word) for word in text.split(","))
    if not all(map(math.isfinite, numbers)):
        raise ValueError(text)
    return numbers


def run(args) -> int:
    return {
        "list": _list,
        "show": _show,
        "verify": _verify,
        "import": _import,
        "fuse": _fuse,
        "store": _store,
        "variants": _variants,
        "serve": _serve,
    }[args.action](args)


def _list(args) -> int:
    from ml.serving import artifacts

    folder = Path(args.folder) if args.folder else artifacts.MODELS
    for path in sorted(path.parent for path in folder.glob(f"*/{artifacts.MANIFEST}")):
        try:
            model = artifacts.load(path.resolve())
        except ArtifactError as error:
            print(f"{path.name}: {error.code}: {error.detail}")
            continue
        served = " + ".join(model.encoder_files)
        try:
            size = f"{model.encoder_size / 1e6:.1f} MB"
        except OSError:
            size = "missing"
        print(f"{path.name}: {model.name} {model.manifest['version']}, {served} {size}")
    return 0


def _show(args) -> int:
    from ml.serving import artifacts, model_card

    manifest = artifacts.load(args.model).manifest
    print(json.dumps(manifest, indent=2) if args.manifest else model_card.write(manifest))
    return 0


def _verify(args) -> int:
    from ml.serving import artifacts

    model = artifacts.load(args.model)
    model.verify()
    print(f"{model.name} {model.manifest['version']}: {len(model.manifest['files'])} files intact")
    return 0


def _import(args) -> int:
    if Path(args.file).suffix.lower() == ".onnx":
        return _import_onnx(args)
    from ml.packaging.import_model import import_model

    given = [name for name in ONNX_ONLY if getattr(args, name) is not None]
    if given:
        options = ", ".join("--" + name.replace("_", "-") for name in given)
        raise MlError(
            "option_unsuitable",
            f"{args.file} is no .onnx file; only such files have the options {options}.",
            "Leave them out: a Keras tower scales its pixels itself.",
        )
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


def _import_onnx(args) -> int:
    from ml.packaging.import_onnx import import_onnx
    from ml.packaging.trial import Options

    if args.variant:
        raise MlError(
            "option_unsuitable",
            "An ONNX network is served as it is and has no --variant.",
            "Make the file itself smaller and import the result.",
        )
    if not args.license:
        raise MlError(
            "license_missing",
            "Nothing says under which terms the network may be used.",
            'Read them at its source and give --license "TEXT"; the weights published by InsightFace are '
            "for non-commercial research only.",
        )
    made, warnings = import_onnx(
        args.file,
        args.out,
        data_of(args),
        Options.of(
            alignment=args.alignment,
            zoom=args.zoom,
            mean=args.mean,
            scale=args.scale,
            channels=args.channels,
        ),
        name=args.name or Path(args.out).name,
        version=args.version,
        license_=args.license,
        source=args.source,
        training_data=args.training_data,
        input_size=args.input_size,
        mirror=args.mirror is not False,
        progress=progress_bar("images"),
    )
    tried = made.manifest["trial"]
    other = "bgr" if made.manifest["encoder"]["pixels"]["channels"] == "rgb" else "rgb"
    print(
        f"equal error rate on {tried['pairs']:,} pairs of {tried['photos']} photos: "
        f"{tried['equal_error_rate']:.1%}; with --channels {other} "
        f"{tried['equal_error_rate_other_channels']:.1%}"
    )
    for warning in warnings:
        print(f"WARNING: {warning}", file=sys.stderr)
    print(f"{made.name} {made.manifest['version']}: {made.folder}")
    return 0


def _fuse(args) -> int:
    from ml.packaging.fuse import fuse
    from ml.serving import artifacts

    made = fuse(
        args.models,
        args.out,
        data_of(args),
        name=args.name or Path(args.out).name,
        version=args.version,
        weights=args.weights,
        progress=progress_bar("images"),
    )
    for row in artifacts.towers(made.manifest["encoder"]):
        print(f"{row['name']}: {row['embedding_size']} numbers, weight {row['weight']}")
    print(f"{made.name} {made.manifest['version']}: {made.folder}")
    return 0


def _store(args) -> int:
    from ml.packaging.import_model import store_model

    if Path(args.file).suffix.lower() == ".onnx":
        raise MlError(
            "option_unsuitable",
            "The project builds its towers in Keras, so an ONNX network cannot be added to it.",
            "Make a model folder from it with: python -m ml models import",
        )
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
