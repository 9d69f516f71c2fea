"""Say whether two photos show the same person. Exit status: 0 verdict, 1 error, 2 refused."""

import json
from pathlib import Path

from ml.cli import add_model_arguments, load_verifier
from ml.errors import ImageRefused


def add_arguments(parser) -> None:
    parser.add_argument("probe", metavar="A")
    parser.add_argument("reference", metavar="B")
    parser.add_argument("--json", action="store_true", help="print the same fields as the API")
    parser.add_argument(
        "--false-match-rate",
        type=float,
        default=1e-3,
        metavar="RATE",
        help="share of pairs of different people that may match: 0.01, 0.001 (default), 0.0001 or "
        "0.00001, if the model has it",
    )
    parser.add_argument(
        "--probe-face", type=int, metavar="N", help="face number in a group photo, from 0"
    )
    parser.add_argument("--reference-face", type=int, metavar="N")
    add_model_arguments(parser)


def run(args) -> int:
    from ml.decision import words
    from ml.errors import MlError, RateUnknown

    probe, reference = _photo("probe", args.probe), _photo("reference", args.reference)
    verifier = load_verifier(args)
    try:
        verifier.head.operating_point(args.false_match_rate)
    except RateUnknown as error:
        raise MlError("rate_unknown", str(error), "Choose one of these.") from None
    verdict = verifier.compare(
        probe,
        reference,
        false_match_rate=args.false_match_rate,
        probe_face=args.probe_face,
        reference_face=args.reference_face,
    )
    if args.json:
        print(json.dumps(verdict.to_dict()))
        return 0
    decision = verdict.decision
    if decision.leaning:
        more = words.leans(decision.probability, decision.false_match_rate)
    else:
        more = f"Confidence: {words.percent(decision.confidence)}"
    print(f"{words.OUTCOMES[decision.outcome]}. {more}.")
    print(
        f"similarity {decision.similarity:.3f}, threshold {decision.threshold:.3f} "
        f"at a false-match rate of {words.odds(decision.false_match_rate)}"
    )
    for role, acquired in verdict.acquisitions.items():
        for condition in acquired.face.conditions:
            what, remedy = words.CONDITIONS[condition]
            print(f"{role}: {what} The verdict allows for it. {remedy}")
    return 0


def _photo(which: str, path: str) -> bytes:
    """The photo as the web application stores it, so that both compare the same pixels."""
    from ml import images

    try:
        return images.sanitize(Path(path).read_bytes())
    except ImageRefused as refusal:
        refusal.which = which
        raise
