"""Get and check training data: LFW, a webcam or video, a check of a folder, augmented samples."""

import shutil
from collections import Counter
from pathlib import Path

from ml.cli.train import DATA
from ml.errors import MlError

LFW_IMAGES, LFW_PEOPLE = 13_233, 5_749  # the whole of LFW, as its authors count it


def add_arguments(parser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    lfw = actions.add_parser("lfw", help="fetch Labeled Faces in the Wild, or check a folder of it")
    lfw.add_argument(
        "--out", default=DATA, help=f"folder (default: {DATA}); one with photos is only checked"
    )
    capture = actions.add_parser("capture", help="photos of one person from a webcam or a video")
    capture.add_argument("--source", default="0", help="video file, or number of a camera")
    capture.add_argument("--out", default="data", help="data folder")
    capture.add_argument("--kind", choices=("anchor", "positive"), default="anchor")
    capture.add_argument("--count", type=int, default=50)
    capture.add_argument("--every", type=int, default=5, help="frames from one photo to the next")
    check = actions.add_parser("check", help="count people and photos, list unusable photos")
    check.add_argument("folder")
    sheet = actions.add_parser("augment", help="a contact sheet of every augmentation")
    sheet.add_argument("photo", help="the photo to vary")
    sheet.add_argument("--out", required=True, help="PNG file")
    sheet.add_argument("--seed", type=int, default=1)


def run(args) -> int:
    return {"lfw": _lfw, "capture": _capture, "check": _check, "augment": _augment}[args.action](
        args
    )


def _lfw(args) -> int:
    out = Path(args.out)
    if not any(out.glob("*/*.jpg")):
        _fetch(out)
    photos = list(out.glob("*/*.jpg"))
    people = {path.parent.name for path in photos}
    print(f"{out}: {len(photos)} photos of {len(people)} people")
    if (len(photos), len(people)) != (LFW_IMAGES, LFW_PEOPLE):
        print(f"not the whole of LFW, which has {LFW_IMAGES} photos of {LFW_PEOPLE} people")
    return 0


def _fetch(out: Path) -> None:
    """Download LFW and put its folders of people into `out`."""
    from sklearn.datasets import fetch_lfw_people

    home = out.with_name(f"{out.name}-download")
    try:
        fetch_lfw_people(data_home=home, funneled=False, download_if_missing=True)
        out.mkdir(parents=True, exist_ok=True)
        for person in (home / "lfw_home" / "lfw").iterdir():
            person.rename(out / person.name)
    except OSError as error:
        raise MlError(
            "download_failed",
            f"LFW could not be fetched: {error}.",
            "Try again with an internet connection, or copy a folder of LFW to this place.",
        ) from error
    shutil.rmtree(home)


def _capture(args) -> int:
    from ml.training.data.capture import capture

    written = capture(args.source, args.out, args.kind, count=args.count, every=args.every)
    print(f"{len(written)} photos in {written[0].parent}")
    return 0


def _check(args) -> int:
    from ml.training.data import photos

    loaded = photos.load(args.folder, 32)
    each = Counter(loaded.people.tolist())
    several = sum(count > 1 for count in each.values())
    print(f"{len(loaded)} photos of {len(each)} people, {several} of them with two or more")
    for path, code in loaded.skipped.items():
        print(f"skipped {path}: {code}")
    return 0


def _augment(args) -> int:
    from ml.training.data.augmentation import contact_sheet

    contact_sheet(Path(args.photo).read_bytes(), args.out, seed=args.seed)
    print(args.out)
    return 0
