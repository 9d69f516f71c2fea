"""Measure what a model loses on blurred, dark, small, turned and covered faces."""

from ml.commands import add_pairs_arguments, load_verifier, progress_bar, write_json


def add_arguments(parser) -> None:
    add_pairs_arguments(parser)


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
