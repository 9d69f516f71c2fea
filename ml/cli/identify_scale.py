"""Measure whether a search keeps its promise in large galleries: how often a stranger is named, and somebody
in the gallery is not, how often they rank first, and whether the probabilities hold.

Head and thresholds are fitted on three fifths of the people as `calibrate` does, and measured on the others.
Galleries hold these, then the first, and larger ones people drawn from a model of the first, which is checked.
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
        help="people in the gallery (default: 1000,3500,10000,100000)",
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
    from ml.evaluation import doubles
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
    usable = {name: data.photos[name] for name in embedded.names}
    copied = doubles.copies(verifier, usable, subject=data.subject)
    found = measured(embedded.embeddings, embedded.names, towers, args.sizes or SIZES, copied)
    if args.keep:
        identification.keep(verifier.artifact.manifest, found)
    if args.json:
        write_json(args.json, {"model": verifier.model, **found})
    if args.json != "-":
        _print(found)
    return 0


def measured(
    embeddings, names: list[str], towers: list[int], sizes: tuple[int, ...], copied: tuple
) -> dict:
    """The figures, JSON-ready.

    Args:
        embeddings: float (n, d). names: image names in LFW's form. towers: numbers of each tower.
        copied: names of some of the images, and embeddings of copies of them, see `doubles.copies`.

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

    person = [lfw.person_of(name) for name in names]
    people = np.unique(person, return_inverse=True)[1]
    apart = np.isin([from_photos.fold_of(one) for one in person], KEPT_APART)
    fitted = from_photos.fit(embeddings[~apart], [n for n, a in zip(names, apart, strict=True) if not a])  # fmt: skip
    if fitted.head.get("power") != 2 or not fitted.gallery:
        raise MlError(
            "head_unsuitable",
            "This measures models whose embeddings have length 1, on people with several photos.",
            "Use duo, resnet29 or compact, and a folder with hundreds of people.",
        )
    drawn_from = population.fit(embeddings[~apart], people[~apart], towers)
    gallery = Gallery(Head(fitted.head, fitted.calibration, fitted.operating_points), fitted.gallery)  # fmt: skip
    kept, told = _doubles(gallery, fitted.head, embeddings, names, person, apart, copied)
    faces, others = (
        identify_scale.Faces(embeddings[rows], people[rows])
        for rows in (kept & apart, kept & ~apart)
    )
    return {
        "fitted_on": len(np.unique(people[~apart])),
        "measured_on": len(np.unique(faces.people)),
        "doubles": told,
        "check": identify_scale.check(fitted.head, faces, others, drawn_from),
        "scores": [
            evidence.of_scores(gallery, k, *_scores(fitted.head, faces, k))
            for k in identify_scale.ANCHORS
        ],
        **identify_scale.measure(gallery, fitted.head, faces, others, drawn_from, sizes=sizes),
    }


def _doubles(gallery, head: dict, embeddings, names, person, apart, copied):
    """Which photos are kept, bool (n,), and JSON-ready what was left out and which people of two names are alike:
    as alike as one stranger in a million pairs is to be."""
    import numpy as np

    from ml.decision.logistic import logit
    from ml.evaluation import doubles

    row = {name: place for place, name in enumerate(names)}
    least = doubles.as_near_as_a_copy(
        head, embeddings[[row[name] for name in copied[0]]], copied[1]
    )
    wanted = float(logit(gallery.operating_point(1e-6, 1)["threshold"]))
    found = doubles.pairs(head, embeddings, person, min(least, wanted))
    twice = [pair for pair in found if pair[2] >= least]
    words = doubles.same_words(person)
    left_out = {place for pair in twice for place in pair[:2]}
    left_out |= {row[name] for name in names if any(person[row[name]] in group for group in words)}
    kept = ~np.isin(np.arange(len(names)), sorted(left_out))
    rest = [pair for pair in found if kept[list(pair[:2])].all() and apart[list(pair[:2])].any()]
    searched, all_people = (
        len({person[place] for place in np.flatnonzero(rows)}) for rows in (kept & apart, kept)
    )
    return kept, {
        "as_near_as_a_copy": round(least, 3),
        "twice": [[names[one], names[other]] for one, other, _ in twice],
        "same_words": words,
        "alike_from": round(wanted, 3),
        "alike": doubles.alike(person, rest),
        "pairs_of_people": searched * (searched - 1) // 2 + searched * (all_people - searched),
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
    told = found["doubles"]
    print(
        f"photos of two names as near as copies ({told['as_near_as_a_copy']}), left out: "
        + _together(told["twice"])
    )
    print("people whose names are the same words, left out: " + _together(told["same_words"]))
    print(
        f"others who reach {told['alike_from']}, among {told['pairs_of_people']:,} pairs of people: "
        + ", ".join(
            f"{' and '.join(row['names'])} {row['logit']} ({row['pairs']})" for row in told["alike"]
        )
    )
    for kind, title in (
        ("pairs", "logit that a share of the pairs with other people reaches"),
        ("nearest", "quantiles of the logit of the nearest of as many others"),
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
            f"first candidate, {row['anchors']} photos, {row['people']:,} people, {row['real']:,} of them real: "
            "log-loss {tail}, by the line {line}; ".format(**row["log_loss"])
            + "calibration error {tail}, by the line {line}; ".format(**row["error"])
            + "of people in the gallery {tail} stated {right} right; ".format(**row["known"])
            + "of strangers {tail} stated; ".format(**row["strangers"])
            + ", ".join(
                f"{group['stated']} stated {group['right']} right ({group['searches']})"
                for group in row["groups"]["tail"]
            )
        )
    print("photos  people  rate  strangers named (95 %)  not found (95 %)  rank 1")
    for row in found["searches"]:
        print(
            f"{row['anchors']:6} {row['people']:7} {row['rate']:>5}  {_said(row['fpir'])}  "
            f"{_said(row['fnir'])}  {row['rank1']['value']:.3f}"
        )


def _together(groups: list[list[str]]) -> str:
    return ", ".join(" and ".join(group) for group in groups) or "none"


def _said(share: dict) -> str:
    return "{value:.5f} ({low:.5f} to {high:.5f})".format(**share)
