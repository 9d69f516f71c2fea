"""Measure several models on the same pairs; writes report.html and report.json."""


def add_arguments(parser) -> None:
    parser.add_argument("--images", metavar="DIR", required=True)
    parser.add_argument("--pairs", metavar="FILE", required=True, help="pairs in LFW's format")
    parser.add_argument("--out", metavar="DIR", required=True)
    parser.add_argument(
        "--model", metavar="DIR", action="append", help="a model folder; may be given several times"
    )


def run(args) -> int:
    from ml import lfw, report
    from ml.commands import progress_bar
    from ml.runtime import Verifier

    pairs = lfw.read_pairs(args.pairs)
    measured = [
        report.measure(
            Verifier.load(folder), args.images, pairs, progress=progress_bar(str(folder or "model"))
        )
        for folder in args.model or [None]
    ]
    print(report.write(measured, args.images, args.out))
    return 0
