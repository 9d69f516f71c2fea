"""Refit a model's head, operating points and calibration on a folder of people's photos."""

from ml.commands import add_model_arguments, load_verifier, progress_bar, write_json


def add_arguments(parser) -> None:
    parser.add_argument(
        "--images", metavar="DIR", required=True, help="images as Name/Name_0001.jpg"
    )
    parser.add_argument(
        "--json", metavar="OUT", required=True, help="write head and manifest entries here"
    )
    parser.add_argument("--version", default="1.0.0", help="version to give the calibrated model")
    parser.add_argument("--data", default="", help="name of the data, for the manifest")
    add_model_arguments(parser)


def run(args) -> int:
    from ml import calibrate, lfw
    from ml.evaluate import embed_images

    verifier = load_verifier(args)
    embedded = embed_images(
        verifier, args.images, lfw.images(args.images), progress=progress_bar("images")
    )
    fitted = calibrate.fit(embedded.embeddings, embedded.names)
    manifest = verifier.artifact.manifest
    people = {lfw.person_of(name) for name in embedded.names}
    write_json(
        args.json,
        {
            "name": manifest["name"],
            "version": args.version,
            "tower": manifest["tower"],
            "license": manifest["license"],
            "encoder": manifest["encoder"],
            "head": fitted.head,
            "calibration": fitted.calibration,
            "operating_points": fitted.operating_points,
            "gallery": fitted.gallery,
            "metrics": fitted.metrics,
            "data": {
                "name": args.data,
                "images": len(embedded.names),
                "people": len(people),
                "refused": embedded.refused,
                "split": f"{calibrate.FOLDS} folds of people, by a hash of the name",
            },
            "reproduce": "python -m ml calibrate --images LFW --json ml/heads/resnet29.json && "
            "python -m ml prepare",
        },
    )
    print(f"{len(embedded.names)} images of {len(people)} people, {len(embedded.refused)} refused")
    return 0
