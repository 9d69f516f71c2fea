"""Measure the face detector: recall, landmarks and speed, on unchanged and changed photos."""

from ml.cli import add_model_arguments, load_verifier, progress_bar, write_json


def add_arguments(parser) -> None:
    parser.add_argument(
        "--images", metavar="DIR", required=True, help="images as Name/Name_0001.jpg"
    )
    parser.add_argument("--count", type=int, default=300, help="how many of them (default 300)")
    parser.add_argument(
        "--groups", type=int, default=5, help="how many group photos to make of them (default 5)"
    )
    parser.add_argument("--json", metavar="OUT", help='write the figures as JSON ("-": print them)')
    add_model_arguments(parser)


def run(args) -> int:
    import cv2

    from ml.evaluation.detector import measure

    cv2.setNumThreads(1)
    result = measure(
        load_verifier(args),
        args.images,
        count=args.count,
        groups=args.groups,
        progress=progress_bar("images"),
    )
    if args.json:
        write_json(args.json, result)
    if args.json != "-":
        model, cascade = result["detectors"]["model"], result["detectors"]["cascade"]
        print(f"{result['images']} images; the model's detector / the cascade alone")
        print(f"{'condition':14} {'recall':>15} {'landmark error':>17} {'extra':>15} {'ms':>15}")
        for name, row in model.items():
            both = zip(row.values(), cascade[name].values(), strict=True)
            print(f"{name:14} " + " ".join(f"{_pair(*values):>15}" for values in both))
    return 0


def _pair(model, cascade) -> str:
    return " / ".join("-" if value is None else f"{value:.3f}" for value in (model, cascade))
