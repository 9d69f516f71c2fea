"""Measure what a model loses on blurred, dark, small, turned and covered faces."""

from ml.commands import add_model_arguments, load_verifier, progress_bar, write_json


def add_arguments(parser) -> None:
    parser.add_argument(
        "--images", metavar="DIR", required=True, help="images as Name/Name_0001.jpg"
    )
    parser.add_argument("--pairs", metavar="FILE", required=True, help="pairs in LFW's format")
    parser.add_argument("--json", metavar="OUT", help='write the figures as JSON ("-": print them)')
    add_model_arguments(parser)


def run(args) -> int:
    from ml import lfw
    from ml.robustness import robustness

    pairs = lfw.read_pairs(args.pairs)
    result = robustness(load_verifier(args), args.images, pairs, progress=progress_bar("images"))
    if args.json:
        write_json(args.json, result)
    if args.json != "-":
        print(f"{'condition':12} accuracy  same: match  different: match  refused")
        for name, row in result.items():
            print(
                f"{name:12} {row['accuracy']:8.4f} {row['match_same']:12.4f} "
                f"{row['match_different']:17.4f} {row['refused']:8.4f}"
            )
    return 0
