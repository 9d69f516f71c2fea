"""Measure the accuracy of models on blurred, dark, small, turned, covered and cut off faces."""

from ml.cli import (
    add_pairs_arguments,
    load_verifiers,
    pairs_of,
    progress_bar,
    write_json,
)


def add_arguments(parser) -> None:
    add_pairs_arguments(parser)
    parser.add_argument(
        "--conditions",
        metavar="NAME,NAME",
        help='how photos are degraded; "all" adds sunglasses, masks and cuts of every kind',
    )


def run(args) -> int:
    from ml.evaluation.robustness import robustness

    names = _names(args.conditions)
    pairs = pairs_of(args)
    verifiers = load_verifiers(args)
    found = robustness(verifiers, pairs, names=names, progress=progress_bar("images"))
    if args.json:
        rows = zip(verifiers, found, strict=True)
        write_json(args.json, {"models": [{"model": v.model, "conditions": r} for v, r in rows]})
    if args.json != "-":
        for verifier, result in zip(verifiers, found, strict=True):
            print(verifier.model["name"])
            print(
                f"{'condition':20} accuracy  same: match  different: match  refused  "
                "confident  wrong"
            )
            for name, row in result.items():
                print(
                    f"{name:20} {row['accuracy']:8.4f} {row['match_same']:12.4f} "
                    f"{row['match_different']:17.4f} {row['refused']:8.4f} "
                    f"{row['confident']:10.4f} {row['confident_wrong']:6}"
                )
    return 0


def _names(text: str | None) -> tuple[str, ...]:
    from ml.errors import MlError
    from ml.evaluation.robustness import CONDITIONS, MORE

    offered = CONDITIONS | MORE
    if text is None:
        return tuple(CONDITIONS)
    if text == "all":
        return tuple(offered)
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in offered]:
        raise MlError(
            "condition_unknown",
            f"There is no condition {unknown[0]!r}.",
            f"Choose from: {', '.join(offered)}.",
        )
    return names
