"""What a model loses when one photo of each pair is blurred, dark, small, turned, covered or cut."""

import zlib
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np

from ml import images
from ml.errors import ImageRefused
from ml.evaluation import coverings, metrics
from ml.evaluation.datasets import lfw
from ml.evaluation.evaluate import embed_images
from ml.faces.finder import Face
from ml.serving.verifier import Verifier


def blur(pixels, face: Face):
    """Out of focus: a Gaussian of 3 % of the face's side."""
    return cv2.GaussianBlur(pixels, (0, 0), 0.03 * face.quality.size)


def low_light(pixels, face: Face):
    """A seventh of the light, with the sensor's noise."""
    noise = np.random.default_rng(0).normal(0, 3, pixels.shape)
    return (pixels * 0.15 + noise).clip(0, 255).astype(np.uint8)


def jpeg_30(pixels, face: Face):
    """Saved as JPEG at quality 30."""
    return images.decode(images.encode_jpeg(pixels, quality=30))


def face_32_px(pixels, face: Face):
    """Shrunk until the face is 32 pixels wide."""
    scale = 32 / face.quality.size
    return cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)


def roll_30(pixels, face: Face):
    """Turned by 30 degrees around the face."""
    centre = tuple(float(value) for value in (face.box[:2] + face.box[2:]) / 2)
    matrix = cv2.getRotationMatrix2D(centre, 30, 1.0)
    size = pixels.shape[1::-1]
    return cv2.warpAffine(pixels, matrix, size, borderMode=cv2.BORDER_REPLICATE)


def sunglasses(pixels, face: Face):
    """Two dark lenses and a bridge over the eyes."""
    left, right = face.landmarks[0], face.landmarks[1]
    width = float(np.linalg.norm(right - left))
    out = pixels.copy()
    cv2.line(out, _point(left), _point(right), (20, 20, 20), max(1, round(width * 0.08)))
    for eye in (left, right):
        axes = (round(width * 0.36), round(width * 0.27))
        angle = float(np.degrees(np.arctan2(*(right - left)[::-1])))
        cv2.ellipse(out, _point(eye), axes, angle, 0, 360, (20, 20, 20), cv2.FILLED)
    return out


def mask(pixels, face: Face):
    """A surgical mask from the bridge of the nose to below the chin."""
    left_eye, right_eye, nose, mouth_left, mouth_right = face.landmarks
    across, down = right_eye - left_eye, (mouth_left + mouth_right - left_eye - right_eye) / 2
    top = nose - 0.12 * down
    chin = (mouth_left + mouth_right) / 2 + 0.75 * down
    corners = [
        top - 0.75 * across,
        top,
        top + 0.75 * across,
        chin + 0.4 * across,
        chin - 0.4 * across,
    ]
    out = pixels.copy()
    cv2.fillPoly(out, [np.round(corners).astype(np.int32)], (170, 205, 220))
    return out


def covered(kind: str, pixels, face: Face):
    """With one of the coverings of `ml.evaluation.coverings`; its form follows from the photo."""
    rng = np.random.default_rng(zlib.crc32(np.ascontiguousarray(pixels)))
    return coverings.draw(kind, pixels, face.landmarks, rng).pixels


def cut(side: str, share: float, pixels, face: Face):
    """Cut off at one side, this share of the face's box gone."""
    left, top, right, bottom = coverings.cut_frame(pixels.shape, face.box, side, share)
    return np.ascontiguousarray(pixels[top:bottom, left:right])


CONDITIONS = {
    "blur": blur,
    "low_light": low_light,
    "jpeg_30": jpeg_30,
    "face_32_px": face_32_px,
    "roll_30": roll_30,
    "sunglasses": sunglasses,
    "mask": mask,
}
# More kinds of covered and cut off faces, measured where they are asked for.
MORE = {kind: partial(covered, kind) for kind in coverings.KINDS} | {
    f"cut_{side}_{round(share * 100)}": partial(cut, side, share)
    for side in coverings.SIDES
    for share in (0.2, 0.35, 0.5)
}


@dataclass(frozen=True)
class Look:
    """A face's embedding (d,), and its conditions, see `ml.faces.conditions`."""

    embedding: np.ndarray
    told: tuple[str, ...] = ()


def robustness(
    verifiers: list[Verifier], pairs: lfw.LabelledPairs, *, names=tuple(CONDITIONS), progress=None
) -> list[dict]:
    """Degrade the first photo of each pair and measure again.

    A photo whose face is not found or is refused counts as not matched, and in `refused`.

    Args:
        names: of `CONDITIONS` and `MORE`, which are measured.

    Returns:
        for each model, JSON-ready, by condition ("clean" first): `accuracy` (LFW's protocol),
        `match_same` and `match_different` (shares called a match at the default operating point),
        `refused` (share of the photos that were degraded), `confident` (share of the pairs with an
        answer at a confidence of 0.9 or more) and `confident_wrong` (how many of these are wrong).
    """
    photos = {name: pairs.paths[name] for name in pairs.images()}
    clean = embed_images(verifiers, photos, progress=progress)
    references = [
        {name: Look(row) for name, row in zip(rows.names, rows.embeddings, strict=True)}
        for rows in clean
    ]
    probes = sorted({a for a, _ in pairs.names})
    found = [{name: {} for name in names} for _ in verifiers]
    for probe in progress(probes) if progress else probes:
        for name, degraded in _degraded(verifiers[0], photos[probe], names):
            looks = _look(verifiers, degraded)
            for verifier, rows in zip(verifiers, found, strict=True):
                if taken := looks[verifier.acquisition]:
                    chips, told = taken
                    rows[name][probe] = Look(verifier.embed([chips])[0], told)
    return [
        {
            name: _measure(verifier, rows, whole, pairs, probes)
            for name, rows in ({"clean": whole} | worse).items()
        }
        for verifier, whole, worse in zip(verifiers, references, found, strict=True)
    ]


def _degraded(verifier: Verifier, path, names):
    """Each condition's name and JPEG of a photo; nothing where its face is refused as it is."""
    try:
        data = path.read_bytes()
        face = verifier.acquire(data).face
        pixels = images.decode(data)
    except (ImageRefused, OSError):
        return
    for name in names:
        yield name, images.encode_jpeg((CONDITIONS | MORE)[name](pixels, face))


def _look(verifiers, data: bytes) -> dict:
    """Chips and conditions by kind of acquisition; None where the face is refused."""
    looks = {}
    for verifier in verifiers:
        if verifier.acquisition not in looks:
            try:
                found = verifier.acquire(data)
                looks[verifier.acquisition] = found.face.chips, found.face.conditions
            except ImageRefused:
                looks[verifier.acquisition] = None
    return looks


def _measure(
    verifier: Verifier, probes: dict, references: dict, pairs: lfw.LabelledPairs, tried
) -> dict:
    scores = np.zeros(len(pairs.names))
    matched = np.zeros(len(pairs.names), bool)
    chance = np.full(len(pairs.names), 0.5)
    for k, (a, b) in enumerate(pairs.names):
        if a not in probes or b not in references:
            continue
        one, other = probes[a], references[b]
        head = verifier.head.under(one.told, other.told)
        decision = head.decide(one.embedding, other.embedding)
        scores[k], chance[k] = decision.similarity, decision.probability
        matched[k] = decision.outcome == "match"
    labels = np.array(pairs.labels)
    accuracy, _, _ = metrics.kfold_accuracy(scores, labels, np.array(pairs.folds))
    confident = np.maximum(chance, 1 - chance) >= metrics.CONFIDENT
    wrong = confident & ((chance > 0.5) != (labels == 1))
    return {
        "accuracy": round(float(accuracy), 5),
        "match_same": round(float(matched[labels == 1].mean()), 5),
        "match_different": round(float(matched[labels == 0].mean()), 5),
        "refused": round(1 - len(probes.keys() & set(tried)) / len(tried), 5),
        "confident": round(float(confident.mean()), 5),
        "confident_wrong": int(wrong.sum()),
    }


def _point(xy) -> tuple[int, int]:
    return tuple(round(float(value)) for value in xy)
