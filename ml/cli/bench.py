"""Measure speed and memory on one thread, compared with face_recognition if it is installed."""

import sys

from ml.cli import add_model_arguments, load_verifier, write_json


def add_arguments(parser) -> None:
    parser.add_argument(
        "--images", metavar="DIR", required=True, help="images as Name/Name_0001.jpg"
    )
    parser.add_argument("--count", type=int, default=200, help="how many of them (default 200)")
    parser.add_argument("--json", metavar="OUT", help='write the figures as JSON ("-": print them)')
    parser.add_argument(
        "--peer-python",
        metavar="PYTHON",
        default=sys.executable,
        help="Python interpreter with face_recognition (default: this one)",
    )
    add_model_arguments(parser)


def run(args) -> int:
    import cv2

    from ml.evaluation.benchmark import benchmark

    cv2.setNumThreads(1)
    result = benchmark(
        load_verifier(args), args.images, count=args.count, peer_python=args.peer_python
    )
    if args.json:
        write_json(args.json, result)
    if args.json != "-":
        print(
            f"{result['ms_per_face']} ms per face on one thread, {result['images']} images: {result['steps']}"
        )
        print(
            f"{result['ms_per_large_photo']} ms for a 12-megapixel photo: {result['large_steps']}"
        )
        print(f"{result['serving_rss_mb']} MB")
        if "ratio" in result:
            print(
                f"face_recognition: {result['peer_ms_per_face']} ms per image, {result['ratio']} times as long"
            )
    return 0
