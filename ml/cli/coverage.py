"""Train the network that tells covered eyes and mouths, on photos with drawn coverings, or measure it.

Measured are the people that training leaves out, with kinds of coverings that it has not seen as well.
"""

from ml.cli import add_model_arguments, load_verifier, progress_bar, write_json


def add_arguments(parser) -> None:
    add_model_arguments(parser)
    parser.add_argument(
        "--images", metavar="DIR", required=True, help="photos of people as Name/Name_0001.jpg"
    )
    parser.add_argument(
        "--train", action="store_true", help="train anew and put the weights into the project"
    )
    parser.add_argument("--json", metavar="OUT", help='write the figures as JSON ("-": print them)')


def run(args) -> int:
    from ml.calibration import coverage as training
    from ml.packaging import package

    photos = package.read_data(args.images).photos
    if not args.train:
        photos = {name: path for name, path in photos.items() if training.held_out(name)}
    examples = training.draw(load_verifier(args), photos, progress=progress_bar("images"))
    apart = [training.held_out(name) for name in examples.names]
    if args.train:
        training.train_and_store(examples.only([not row for row in apart]))
    found = training.figures(examples.only(apart))
    if args.json:
        write_json(args.json, found)
    if args.json != "-":
        print(f"{'covered by':20} faces  eyes: told  found  mouth: told  found")
        for kind, row in found.items():
            eyes, mouth = (
                f"{row[f'{name}_found']:6.4f}" if f"{name}_found" in row else "     -"
                for name in ("eyes", "mouth")
            )
            print(
                f"{kind:20} {row['faces']:5} {row['covered_eyes']:11.4f} {eyes} "
                f"{row['covered_mouth']:12.4f} {mouth}"
            )
    return 0
