"""Measure what models lose on blurred, dark, small, turned and covered faces."""

from ml.commands import (
    add_pairs_arguments,
    load_verifiers,
    pairs_of,
    progress_bar,
    write_json,
)


def add_arguments(parser) -> None:
    add_pairs_arguments(parser)


def run(args) -> int:
    from ml.evaluation.robustness import robustness

    pairs = pairs_of(args)
    verifiers = load_verifiers(args)
    found = robustness(verifiers, pairs, progress=progress_bar("images"))
    if args.json:
        rows = zip(verifiers, found, strict=True)
        write_json(args.json, {"models": [{"model": v.model, "conditions": r} for v, r in rows]})
    if args.json != "-":
        for verifier, result in zip(verifiers, found, strict=True):
            print(verifier.model["name"])
            print(f"{'condition':12} accuracy  same: match  different: match  refused")
            for name, row in result.items():
                print(
                    f"{name:12} {row['accuracy']:8.4f} {row['match_same']:12.4f} "
                    f"{row['match_different']:17.4f} {row['refused']:8.4f}"
                )
    return 0
