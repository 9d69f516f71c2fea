"""Measure models on labelled pairs: accuracy by the protocol of LFW View 2, error rates, plots."""

import sys
from pathlib import Path

from ml.cli import (
    add_pairs_arguments,
    load_verifiers,
    pairs_of,
    progress_bar,
    write_json,
)

NOT_ENOUGH = {
    "groups": "the accepted photos have no pair of one person, or no pair of two people.",
    "normalisation": "it needs a pairs file that names the people on all photos, at least about twenty "
    "people, and several photos of some of them.",
}


def add_arguments(parser) -> None:
    add_pairs_arguments(parser)
    parser.add_argument(
        "--html",
        metavar="OUT",
        help="write a report with plots and the worst errors, which includes photos of the data",
    )
    parser.add_argument(
        "--robustness",
        action="store_true",
        help="also measure degraded photos (takes eight times as long)",
    )
    parser.add_argument(
        "--groups",
        metavar="FILE",
        help="CSV with a row person,group for each person, for error rates within and between groups over "
        "all pairs of the photos",
    )
    parser.add_argument(
        "--normalisation",
        action="store_true",
        help="measure what normalising scores with a cohort of strangers would gain",
    )


def run(args) -> int:
    from ml.evaluation.datasets import groups_file
    from ml.evaluation.evaluate import evaluate
    from ml.evaluation.robustness import robustness

    pairs = pairs_of(args)
    people_groups = groups_file.read(args.groups, pairs) if args.groups else None
    verifiers = load_verifiers(args)
    measured = evaluate(
        verifiers,
        pairs,
        people_groups=people_groups,
        normalise=args.normalisation,
        subject=args.subject,
        progress=progress_bar("images"),
    )
    for asked, kind in (("groups", "by_group"), ("normalisation", "normalisation")):
        if getattr(args, asked) and any(row.figures[kind] is None for row in measured):
            print(f"No figures for --{asked}: {NOT_ENOUGH[asked]}", file=sys.stderr)
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
            _print(row.figures)
    return 0


def _print(row: dict) -> None:
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
    for found in row["by_probability"] or ():
        print(
            "  pairs with a probability of {probability} or more (similarity {similarity}): false-match "
            "rate {false_match_rate:.2g}, true-match rate {true_match_rate:.4f}".format(**found)
        )
    for rate, found in (row["most_confused"] or {}).items():
        most = found["top_5_percent"]
        if most["share"] is not None:
            print(
                f"  share of the false matches at {rate} on the most-confused 5 % of photos: "
                f"{most['share']:.3f} (by chance {most['by_chance']:.3f})"
            )
    for kind in ("by_photos", "by_group"):
        for rate, found in row[kind]["rates"].items() if row[kind] else ():
            for place, group in enumerate(row[kind]["groups"]):
                print(
                    f"  {group['group']}, at {rate}: false-match rate "
                    f"{_interval(found['fmr'][place][place])}, false-non-match rate "
                    f"{_interval(found['fnmr'][place])}"
                )
    for name, found in (row["normalisation"] or {}).items():
        for rate, tmr in found["tmr"].items():
            print(
                f"  scores normalised ({name}), true-match rate at {rate}: {tmr['value']:.4f}, gain "
                f"{tmr['gain']:+.4f} ({tmr['low']:+.4f} to {tmr['high']:+.4f})"
            )
    for name, found in row.get("robustness", {}).items():
        print(f"  {name}: accuracy {found['accuracy']:.4f}, match {found['match_same']:.4f}")
    for refused in row["refused"]:
        print(f"  refused: {refused['image']} ({refused['code']})")


def _interval(row: dict) -> str:
    if row["value"] is None:
        return "unknown (no pairs)"
    return "{value:.2g} ({low:.2g} to {high:.2g})".format(**row)
