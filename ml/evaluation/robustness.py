"""How accurate models are when one photo of each pair is blurred, dark, small, turned, covered or cut."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

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
    """Out of focus: a Gaussian blur of 3 % of the face's side."""
    return cv2.GaussianBlur(pixels, (0, 0), 0.03 * face.quality.size)


def low_light(pixels, face: Face):
    """A seventh of the light, with sensor noise."""
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
    """Draw one of the coverings of `ml.evaluation.coverings`; the photo determines its shape."""
    rng = np.random.default_rng(zlib.crc32(pixels.tobytes()))
    return coverings.draw(kind, pixels, face.landmarks, rng).pixels


def cut(side: str, share: float, pixels, face: Face):
    """Cut the photo off at one side, with this share of the face's box."""
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
# Further coverings and cuts, measured only on request.
MORE = {kind: partial(covered, kind) for kind in coverings.KINDS} | {
    f"cut_{side}_{round(share * 100)}": partial(cut, side, share)
    for side in coverings.SIDES
    for share in (0.2, 0.35, 0.5)
}


@dataclass(frozen=True)
class FaceEmbedding:
    """A face's embedding (d,), and its conditions, see `ml.faces.conditions`."""

    embedding: np.ndarray
    conditions: tuple[str, ...] = ()


def robustness(
    verifiers: list[Verifier], pairs: lfw.LabelledPairs, *, names=tuple(CONDITIONS), progress=None
) -> list[dict]:
    """Degrade the first photo of each pair and measure again.

    A photo whose face is not found or refused counts as not matched, and in `refused`.

    Args:
        names: which of `CONDITIONS` and `MORE` to measure.

    Returns:
        for each model, JSON-ready, by condition ("clean" first): `accuracy` (LFW's protocol),
        `match_same` and `match_different` (shares of matches at the default operating point),
        `refused` (share of the degraded photos), `confident` (share of the pairs with a confidence of
        0.9 or more) and `confident_wrong` (how many of these are wrong).
    """
    photos = {name: pairs.paths[name] for name in pairs.images()}
    clean = embed_images(verifiers, photos, progress=progress)
    references = [
        {name: FaceEmbedding(row) for name, row in zip(rows.names, rows.embeddings, strict=True)}
        for rows in clean
    ]
    probes = sorted({a for a, _ in pairs.names})
    measured: list[dict[str, dict[str, FaceEmbedding]]]
    measured = [{name: {} for name in names} for _ in verifiers]
    for probe in progress(probes) if progress else probes:
        for name, degraded in _degraded(verifiers[0], photos[probe], names):
            faces = _faces(verifiers, degraded)
            for verifier, rows in zip(verifiers, measured, strict=True):
                if face := faces[verifier.acquisition]:
                    embedding = verifier.embed([face.chips])[0]
                    rows[name][probe] = FaceEmbedding(embedding, face.conditions)
    return [
        {
            name: _measure(verifier, rows, whole, pairs, probes)
            for name, rows in ({"clean": whole} | worse).items()
        }
        for verifier, whole, worse in zip(verifiers, references, measured, strict=True)
    ]


def _degraded(verifier: Verifier, path: Path, names) -> Iterator[tuple[str, bytes]]:
    """Name of each condition and the degraded photo as JPEG; nothing if the photo itself is refused."""
    try:
        data = path.read_bytes()
        face = verifier.acquire(data).face
        pixels = images.decode(data)
    except (ImageRefused, OSError):
        return
    for name in names:
        yield name, images.encode_jpeg((CONDITIONS | MORE)[name](pixels, face))


def _faces(verifiers: list[Verifier], data: bytes) -> dict[tuple, Face | None]:
    """The face of a photo, by kind of acquisition; None if it is refused."""
    faces: dict[tuple, Face | None] = {}
    for verifier in verifiers:
        if verifier.acquisition not in faces:
            try:
                faces[verifier.acquisition] = verifier.acquire(data).face
            except ImageRefused:
                faces[verifier.acquisition] = None
    return faces


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
        head = verifier.head.under(one.conditions, other.conditions)
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
    x, y = xy
    return round(float(x)), round(float(y))
