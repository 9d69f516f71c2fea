"""Say whether two photos show the same person. Exit status: 0 verdict, 1 error, 2 refused."""

import json
from pathlib import Path

from ml.commands import add_model_arguments, load_verifier

WORDS = {
    "match": "the same person",
    "no_match": "different people",
    "inconclusive": "too close to call",
}


def add_arguments(parser) -> None:
    parser.add_argument("probe", metavar="A")
    parser.add_argument("reference", metavar="B")
    parser.add_argument("--json", action="store_true", help="print the same fields as the API")
    parser.add_argument(
        "--false-match-rate",
        type=float,
        default=1e-3,
        choices=(1e-2, 1e-3, 1e-4),
        help="share of pairs of different people that may be called a match (default 0.001)",
    )
    parser.add_argument(
        "--probe-face", type=int, metavar="N", help="face number in a group photo, from 0"
    )
    parser.add_argument("--reference-face", type=int, metavar="N")
    add_model_arguments(parser)


def run(args) -> int:
    probe, reference = Path(args.probe).read_bytes(), Path(args.reference).read_bytes()
    verdict = load_verifier(args).compare(
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
    sure = decision.confidence > 0.999
    confidence = "over 99.9%" if sure else f"{decision.confidence:.1%}"
    print(f"{WORDS[verdict.outcome]} (confidence {confidence})")
    print(
        f"similarity {decision.similarity:.3f}, threshold {decision.threshold:.3f} "
        f"at a false-match rate of 1 in {round(1 / decision.false_match_rate):,}"
    )
    return 0
