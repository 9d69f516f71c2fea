"""Refit a model's head, operating points and calibration on labelled pairs, or on a folder of people.

With --images alone, all pairs of the photos are used, and people with several photos get their own
operating points. With --pairs, the listed pairs are used; the file has LFW's format, or is CSV with the
columns probe,reference,same.
"""

from ml.cli import add_data_arguments, data_of, load_verifier, progress_bar, write_json


def add_arguments(parser) -> None:
    add_data_arguments(parser)
    parser.add_argument(
        "--model", metavar="DIR", help="model folder (default: FACEVERIFY_MODEL, else duo)"
    )
    parser.add_argument("--runtime", choices=("litert", "keras"), default="litert")
    parser.add_argument(
        "--conditions",
        action="store_true",
        help="also calibrate for covered, cut off, blurred, dark and small faces (with --images alone)",
    )
    parser.add_argument("--out", metavar="DIR", help="write the calibrated model to this folder")
    parser.add_argument(
        "--json", metavar="OUT", help="write the head and manifest entries to this file"
    )
    parser.add_argument("--version", default="1.0.0", help="version of the calibrated model")


def run(args) -> int:
    from ml.errors import MlError
    from ml.packaging import package

    if not args.out and not args.json:
        raise MlError(
            "output_missing", "There is no place for the result.", "Give --out or --json."
        )
    if args.conditions and args.pairs:
        raise MlError(
            "conditions_need_people",
            "Calibration by condition needs a folder of people, not a list of pairs.",
            "Give --images without --pairs.",
        )
    data = data_of(args)
    verifier = load_verifier(args)
    fitted = package.fit(verifier, data, progress=progress_bar("images"))
    entries = {"version": args.version} | fitted
    measured = _conditions(verifier, data, fitted) if args.conditions else {}
    manifest = verifier.artifact.manifest
    if args.json:
        kept = ["name", "tower", "tower_options", "towers", "license", "encoder", "training"]
        kept += ["revision"]
        command = f"python -m ml calibrate --model {manifest['name']} --images {data.name}"
        command += " --subject middle" * (args.subject == "middle")
        command += " --conditions" * args.conditions
        command += f" --json ml/packaging/presets/heads/{manifest['name']}.json"
        same = {key: manifest[key] for key in kept if key in manifest}
        write_json(args.json, same | entries | {"reproduce": f"{command} && python -m ml prepare"})
    if args.out:
        made = package.recalibrate(verifier.artifact, args.out, entries)
        print(f"{made.name} {made.manifest['version']}: {made.folder}")
    about = fitted["data"]
    people = f" of {about['people']} people" if "people" in about else ""
    print(f"{about['images']} images{people}, {len(about['refused'])} refused")
    for rate, value in fitted["metrics"]["tmr"].items():
        note = ", extrapolated" if fitted["operating_points"][rate].get("extrapolated") else ""
        print(f"true-match rate at a false-match rate of {rate}: {value:.4f}{note}")
    for name, row in measured.items():
        print(
            f"{name}: calibration error {row['before']['calibration_error']:.4f} -> "
            f"{row['calibration_error']:.4f}, false-match rate {row['false_match_rate']:.5f}, wrong "
            f"among answers with 90 % confidence {row['before']['confident_wrong']:.4f} -> "
            f"{row['confident_wrong']:.4f}"
        )
    if not fitted["gallery"]:
        print(
            "no operating points for people with several photos: these need photos of named people"
        )
    return 0


def _conditions(verifier, data, fitted: dict) -> dict:
    """Add calibration by condition to the fit; its figures on people left out of fitting."""
    from ml.calibration import conditions
    from ml.decision.head import DEFAULT_RATE, Head

    head = Head(fitted["head"], fitted["calibration"], fitted["operating_points"])
    faces = conditions.gather(verifier, data.photos, progress=progress_bar("degraded"))
    scored = conditions.score(faces, head)
    threshold = head.operating_point(DEFAULT_RATE)["threshold"]
    measured = conditions.measure(faces, scored, fitted["calibration"], threshold)
    fitted["calibration"]["conditions"] = conditions.fit(faces, scored)
    return measured["conditions"]
