"""Measure a model's accuracy on labelled pairs, by the protocol of LFW View 2."""

from ml.commands import add_pairs_arguments, load_verifier, progress_bar, write_json


def add_arguments(parser) -> None:
    add_pairs_arguments(parser)


def run(args) -> int:
    from ml import lfw
    from ml.evaluate import evaluate

    pairs = lfw.read_pairs(args.pairs)
    result = evaluate(load_verifier(args), args.images, pairs, progress=progress_bar("images"))
    if args.json:
        write_json(args.json, result)
    if args.json != "-":
        print(
            f"accuracy {result['accuracy']:.4f} (std {result['accuracy_std']:.4f}), {result['pairs']} pairs"
        )
        for rate, value in result["tmr"].items():
            print(f"true-match rate at a false-match rate of {rate}: {value:.4f}")
        for row in result["refused"]:
            print(f"refused: {row['image']} ({row['code']})")
    return 0
