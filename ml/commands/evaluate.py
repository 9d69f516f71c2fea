"""Measure models on labelled pairs: accuracy by the protocol of LFW View 2, error rates, plots."""

from pathlib import Path

from ml.commands import (
    add_pairs_arguments,
    load_verifiers,
    pairs_of,
    progress_bar,
    write_json,
)


def add_arguments(parser) -> None:
    add_pairs_arguments(parser)
    parser.add_argument(
        "--html",
        metavar="OUT",
        help="write a report with plots and the worst errors; it contains photos of the data",
    )
    parser.add_argument(
        "--robustness",
        action="store_true",
        help="measure degraded photos too (eight times as long)",
    )


def run(args) -> int:
    from ml.evaluation.evaluate import evaluate
    from ml.evaluation.robustness import robustness

    pairs = pairs_of(args)
    verifiers = load_verifiers(args)
    measured = evaluate(verifiers, pairs, progress=progress_bar("images"))
    conditions = []
    if args.robustness:
        conditions = robustness(verifiers, pairs, progress=progress_bar("degraded"))
        for row, found in zip(measured, conditions, strict=True):
            row.figures["robustness"] = found
    if args.json:
        write_json(args.json, {"models": [row.figures for row in measured]})
    if args.html:
        from ml.evaluation import report

        Path(args.html).write_text(report.page(measured, pairs, conditions), encoding="utf-8")
    if args.json != "-":
        for row in measured:
            _tell(row.figures)
    return 0


def _tell(row: dict) -> None:
    print(
        f"{row['model']['name']} {row['model']['version']}: "
        f"accuracy {row['accuracy']:.4f} (std {row['accuracy_std']:.4f}), {row['pairs']} pairs"
    )
    for title, found in (
        ("", row["fnmr"]),
        (" over all pairs", (row["all_pairs"] or {}).get("fnmr")),
    ):
        for rate, value in (found or {}).items():
            print(
                f"  true-match rate at a false-match rate of {rate}{title}: {1 - value['value']:.4f} "
                f"({1 - value['high']:.4f} to {1 - value['low']:.4f})"
            )
    for name, found in row.get("robustness", {}).items():
        print(f"  {name}: accuracy {found['accuracy']:.4f}, match {found['match_same']:.4f}")
    for refused in row["refused"]:
        print(f"  refused: {refused['image']} ({refused['code']})")
