"""Train or measure the network that detects covered eyes and mouths, on photos with drawn coverings.

It is measured on people who are left out of training, also with kinds of coverings that it has not seen.
"""

from ml.cli import add_model_arguments, load_verifier, progress_bar, write_json


def add_arguments(parser) -> None:
    add_model_arguments(parser)
    parser.add_argument(
        "--images", metavar="DIR", required=True, help="photos of people as Name/Name_0001.jpg"
    )
    parser.add_argument(
        "--train", action="store_true", help="train it again and store the weights in the project"
    )
    parser.add_argument("--json", metavar="OUT", help='write the figures as JSON ("-": print them)')


def run(args) -> int:
    import numpy as np

    from ml.calibration import coverage as training
    from ml.packaging import package

    photos = package.read_data(args.images).photos
    if not args.train:
        photos = {name: path for name, path in photos.items() if training.held_out(name)}
    examples = training.draw(load_verifier(args), photos, progress=progress_bar("images"))
    held_out = np.array([training.held_out(name) for name in examples.names])
    if args.train:
        training.train_and_store(examples.only(~held_out))
    figures = training.figures(examples.only(held_out))
    if args.json:
        write_json(args.json, figures)
    if args.json != "-":
        print(f"{'covered by':20} faces  eyes: covered  found  mouth: covered  found")
        for kind, row in figures.items():
            eyes, mouth = (
                f"{row[f'{name}_found']:6.4f}" if f"{name}_found" in row else "     -"
                for name in ("eyes", "mouth")
            )
            print(
                f"{kind:20} {row['faces']:5} {row['covered_eyes']:14.4f} {eyes} "
                f"{row['covered_mouth']:15.4f} {mouth}"
            )
    return 0
