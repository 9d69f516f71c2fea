"""Measure whether a search keeps its promise in large galleries: how often a stranger is named, and somebody
in the gallery is not, how often they rank first, and whether the probabilities hold.

Head and thresholds are fitted on three fifths of the people as `calibrate` does, and measured on the others;
galleries larger than these are filled with people drawn from a model of the first, which is checked.
"""

from ml.cli import add_data_arguments, add_model_arguments, data_of, progress_bar, write_json

KEPT_APART = (3, 4)  # folds of people, by a hash of the name


def add_arguments(parser) -> None:
    add_data_arguments(parser)
    add_model_arguments(parser)
    parser.add_argument(
        "--sizes",
        metavar="N,N",
        default=(),
        type=lambda text: tuple(int(word) for word in text.split(",")),
        help="people in the gallery (default: 1000,10000,100000)",
    )
    parser.add_argument("--json", metavar="OUT", help='write the figures as JSON ("-": print them)')
    parser.add_argument(
        "--keep",
        action="store_true",
        help="write the figures into the project, for the model card and the page Model",
    )


def run(args) -> int:
    from ml.cli import load_verifier
    from ml.errors import MlError
    from ml.evaluation.identify_scale import SIZES
    from ml.packaging import package
    from ml.serving import identification

    if args.pairs:
        raise MlError(
            "people_needed",
            "This needs photos of named people, not a list of pairs.",
            "Give --images without --pairs.",
        )
    data = data_of(args)
    verifier = load_verifier(args)
    embedded = package.embed(verifier, data, progress=progress_bar("images"))
    encoder = verifier.artifact.manifest["encoder"]
    towers = [row["embedding_size"] for row in encoder.get("towers", [encoder])]
    found = measured(embedded.embeddings, embedded.names, towers, args.sizes or SIZES)
    if args.keep:
        identification.keep(verifier.artifact.manifest, found)
    if args.json:
        write_json(args.json, {"model": verifier.model, **found})
    if args.json != "-":
        _print(found)
    return 0


def measured(embeddings, names: list[str], towers: list[int], sizes: tuple[int, ...]) -> dict:
    """The figures, JSON-ready.

    Args:
        embeddings: float (n, d). names: image names in LFW's form. towers: numbers of each tower.

    Raises:
        MlError: there are too few people, or the head compares by absolute differences.
    """
    import numpy as np

    from ml.calibration import from_photos
    from ml.decision.gallery import Gallery
    from ml.decision.head import Head
    from ml.errors import MlError
    from ml.evaluation import evidence, identify_scale, population
    from ml.evaluation.datasets import lfw

    people = np.unique([lfw.person_of(name) for name in names], return_inverse=True)[1]
    fold = np.array([from_photos.fold_of(lfw.person_of(name)) for name in names])
    apart = np.isin(fold, KEPT_APART)
    fitted = from_photos.fit(embeddings[~apart], [n for n, a in zip(names, apart, strict=True) if not a])  # fmt: skip
    if fitted.head.get("power") != 2 or not fitted.gallery:
        raise MlError(
            "head_unsuitable",
            "This measures models whose embeddings have length 1, on people with several photos.",
            "Use duo, resnet29 or compact, and a folder with hundreds of people.",
        )
    drawn_from = population.fit(embeddings[~apart], people[~apart], towers)
    gallery = Gallery(Head(fitted.head, fitted.calibration, fitted.operating_points), fitted.gallery)  # fmt: skip
    faces = identify_scale.Faces(embeddings[apart], people[apart])
    return {
        "fitted_on": len(np.unique(people[~apart])),
        "measured_on": len(np.unique(people[apart])),
        "check": identify_scale.check(fitted.head, faces, drawn_from),
        "scores": [
            evidence.of_scores(gallery, k, *_scores(fitted.head, faces, k))
            for k in identify_scale.ANCHORS
        ],
        **identify_scale.measure(gallery, fitted.head, faces, drawn_from, sizes=sizes),
    }


def _scores(head: dict, faces, anchors: int):
    """Logits of people's own further photos, and of strangers', with templates of so many anchors."""
    import numpy as np

    from ml.calibration import from_photos

    everybody, rng = np.arange(len(faces.people)), np.random.default_rng(20)
    parts = from_photos.against_people(
        head, faces.embeddings, faces.people, everybody, anchors, rng
    )
    return (np.concatenate(part) for part in zip(*parts, strict=True))


def _print(found: dict) -> None:
    print(f"fitted on {found['fitted_on']} people, measured on {found['measured_on']} others")
    for kind, title in (
        ("pairs", "logit that a share of the pairs of two people reaches"),
        ("nearest", "quantiles of the logit of a real person's nearest other"),
        ("one_person", "quantiles of the logit of two photos of one person"),
    ):
        real, drawn = found["check"]["real"][kind], found["check"]["drawn"][kind]
        print(f"{title}: " + ", ".join(f"{k} real {real[k]} drawn {drawn[k]}" for k in real))
    for row in found["scores"]:
        print(
            f"logarithm of the likelihood ratio, {row['anchors']} photos: measured, stated, by the line"
        )
        for part in row["tail"]:
            print(
                f"  from 1 in {1 / part['from']:,.0f}: {part['measured']} {part['tail']} {part['line']}"
            )
        print("  log-loss {tail}, by the line {line}".format(**row["log_loss"]))
    for row in found["probabilities"]:
        print(
            f"first candidate, {row['anchors']} photos, {row['people']:,} people: log-loss "
            "{tail}, by the line {line}; ".format(**row["log_loss"])
            + ", ".join(
                f"{group['stated']} stated {group['right']} right ({group['searches']})"
                for group in row["groups"]["tail"]
            )
        )
    print(
        "photos  people  rate  strangers named (95 %)  of drawn strangers  not found (95 %)  rank 1"
    )
    for row in found["searches"]:
        print(
            f"{row['anchors']:6} {row['people']:7} {row['rate']:>5}  {_said(row['fpir'])}  "
            f"{_said(row['fpir_drawn'])}  {_said(row['fnir'])}  {row['rank1']['value']:.3f}"
        )


def _said(share: dict) -> str:
    return "{value:.5f} ({low:.5f} to {high:.5f})".format(**share)
