"""Measure live sessions on filmed sequences: attacks that pass, people who are refused, time to a verdict."""

from pathlib import Path

from ml.cli import add_model_arguments, load_verifier, progress_bar, write_json


def add_arguments(parser) -> None:
    parser.add_argument(
        "--sequences",
        metavar="DIR",
        required=True,
        help="folder of sequences, see the documentation",
    )
    parser.add_argument(
        "--make", action="store_true", help="first make sequences there from the photos of --images"
    )
    parser.add_argument(
        "--images",
        metavar="DIR",
        help="with --make and --frames: images as Name/Name_0001.jpg, one folder a person",
    )
    parser.add_argument(
        "--count", type=int, default=20, help="with --make: sequences of each species (default 20)"
    )
    parser.add_argument(
        "--species", metavar="NAME,NAME", help="with --make: only these (default: all)"
    )
    parser.add_argument(
        "--seed", type=int, default=0, help="with --make: of what is drawn (default 0)"
    )
    parser.add_argument(
        "--frames",
        type=int,
        metavar="N",
        help="also measure, on N people of --images, what several frames do to the error rates",
    )
    parser.add_argument("--html", metavar="OUT", help="write a page with all figures")
    parser.add_argument("--json", metavar="OUT", help='write the figures as JSON ("-": print them)')
    add_model_arguments(parser)


def run(args) -> int:
    import cv2

    from ml.errors import MlError
    from ml.evaluation.live import dependence, evaluate, make, report, sequences

    cv2.setNumThreads(1)
    folder = Path(args.sequences)
    verifier = load_verifier(args)
    if (args.make or args.frames) and not args.images:
        raise MlError(
            "images_missing",
            "Photos are needed to make sequences, and to measure several frames.",
            "Give --images: a folder with a folder of photos for each person.",
        )
    if args.make:
        make.make(
            verifier,
            Path(args.images),
            folder,
            count=args.count,
            names=_names(args.species),
            seed=args.seed,
            progress=progress_bar("people"),
        )
    result = evaluate.evaluate(verifier, sequences.read(folder), progress_bar("sequences"))
    if args.frames:
        result["frames"] = dependence.measure(
            verifier, Path(args.images), count=args.frames, seed=args.seed
        )
    if args.json:
        write_json(args.json, result)
    if args.html:
        Path(args.html).write_text(report.page(result), encoding="utf-8")
    if args.json != "-":
        _print(result)
    return 0


def _names(text: str | None) -> tuple[str, ...]:
    from ml.errors import MlError
    from ml.evaluation.live import species

    names = tuple(text.split(",")) if text else tuple(species.ALL)
    if unknown := [name for name in names if name not in species.ALL]:
        raise MlError(
            "species_unknown",
            f"There is no species {unknown[0]!r}.",
            f"Choose from: {', '.join(species.ALL)}.",
        )
    return names


def _print(result: dict) -> None:
    print(f"{'attack':20} {'n':>4} {'APCER':>7} {'IAPAR':>7} {'APNRR':>7}")
    for name, row in result["species"].items():
        shares = (row[key]["share"] for key in ("apcer", "iapar", "apnrr"))
        passes = "  expected to pass" if row["expected_to_pass"] else ""
        print(f"{name:20} {row['apcer']['n']:4} " + " ".join(f"{s:7.3f}" for s in shares) + passes)
    print(f"{'people':20} {'n':>4} {'BPCER':>7} {'BPNRR':>7}")
    for name, row in result["bona_fide"].items():
        print(
            f"{name:20} {row['bpcer']['n']:4} {row['bpcer']['share']:7.3f} {row['bpnrr']['share']:7.3f}"
        )
    for name, kind in result.get("frames", {}).items():
        for rate, row in kind["rates"].items():
            errors = "; ".join(
                f"{key} FMR {value['fmr']:.5f} FNMR {value['fnmr']:.4f}"
                for key, value in row.items()
            )
            print(f"{name} at {rate}: {errors}")
    for name, row in result["verdict"].items():
        outcomes = ", ".join(
            f"{key} {value['share']:.3f}" for key, value in row["outcomes"].items()
        )
        seconds = f"; {row['seconds']['median']} s" if row["seconds"] else ""
        print(f"verdict, {name}: {outcomes}{seconds}")
