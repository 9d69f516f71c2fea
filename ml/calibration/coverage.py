"""Train and measure the network that detects hidden features of a face.

It is trained on photos of people with drawn coverings (`ml.evaluation.coverings.TRAINED`). The product's own
finder finds and aligns each face again, because a covering moves the landmarks. The network is measured on
other people, also with kinds of coverings that it has not seen.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from ml import images
from ml.calibration.from_photos import fold_of
from ml.decision.logistic import sigmoid
from ml.errors import ImageRefused, MlError
from ml.evaluation import coverings
from ml.evaluation.datasets import lfw
from ml.faces import conditions, coverage

STORED = 72  # side of a stored example, pixels, which leaves room for shifts before scaling to 48
HELD_OUT = (0, 1)  # folds of people on whom the network is measured
HIDDEN, OPEN = (
    0.6,
    0.3,
)  # hidden share from which a feature counts as hidden, and up to which as open
CUT = "cut"
A_PERSON = 2  # photos per person, or people with many photos would dominate
EPOCHS, BATCH, RATE = 20, 64, 2e-3
WRONG = 0.9  # an unchanged photo in which a feature seems hidden with this probability may show a covering


@dataclass(frozen=True)
class Examples:
    """Examples for the network.

    Attributes:
        chips: aligned faces, uint8 RGB (n, 72, 72, 3).
        shares: hidden share of each feature, (n, 4).
        kinds: how each face was covered; "clean" if it was not.
        names: names of the photos.
    """

    chips: np.ndarray
    shares: np.ndarray
    kinds: np.ndarray
    names: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def only(self, rows) -> "Examples":
        return Examples(self.chips[rows], self.shares[rows], self.kinds[rows], self.names[rows])


def held_out(name: str) -> bool:
    """Whether the network is measured on the person in this image."""
    return fold_of(lfw.person_of(name)) in HELD_OUT


def draw(verifier, photos: dict, *, seed: int = 20, progress=None) -> Examples:
    """Make examples of each photo, unchanged and with coverings: all kinds for people held out.

    Args:
        verifier: finds and aligns the faces.
        photos: path by image name.

    Raises:
        MlError: no face was found in any of the photos.
    """
    rng = np.random.default_rng(seed)
    trained, all_kinds = list(coverings.TRAINED), [*coverings.KINDS, CUT]
    rows: list[tuple] = []
    chosen = first_photos(photos, A_PERSON)
    for name in progress(chosen) if progress else chosen:
        try:
            data = photos[name].read_bytes()
            pixels, face = images.decode(data), verifier.acquire(data).face
        except (ImageRefused, OSError):
            continue
        rows.append((_small(face.chip), np.zeros(4), "clean", name))
        if held_out(name):
            kinds = [*rng.choice(all_kinds, 2, replace=False)]
        else:
            kinds = [
                *rng.choice(trained, 2, replace=False),
                rng.choice([*coverings.OPEN, CUT]),
            ]
        for kind in kinds:
            covered, landmarks = _covered(kind, pixels, face, rng)
            saved = images.encode_jpeg(covered.pixels, int(rng.integers(75, 96)))
            try:
                chip = verifier.acquire(saved).face.chip
            except ImageRefused:
                continue
            rows.append((_small(chip), coverings.shares(covered, landmarks), str(kind), name))
    if not rows:
        raise MlError(
            "no_faces", "No face was found in the photos.", "Give a folder of photos of people."
        )
    columns = [np.array(column) for column in zip(*rows, strict=True)]
    return Examples(columns[0], columns[1].astype(np.float32), columns[2], columns[3])


def first_photos(photos, count: int) -> list[str]:
    """The first `count` image names of each person, in order."""
    by_person: dict[str, list[str]] = {}
    for name in sorted(photos):
        by_person.setdefault(lfw.person_of(name), []).append(name)
    return [name for names in by_person.values() for name in names[:count]]


def _covered(kind, pixels, face, rng):
    if kind != CUT:
        return coverings.draw(kind, pixels, face.landmarks, rng), face.landmarks
    side, share = rng.choice(coverings.SIDES), rng.uniform(0.1, 0.5)
    left, top, right, bottom = coverings.cut_frame(pixels.shape, face.box, side, share)
    kept = np.ascontiguousarray(pixels[top:bottom, left:right])
    covered = coverings.CoveredPhoto(kept, np.zeros(kept.shape[:2], np.float32))
    return covered, face.landmarks - (left, top)


def _small(chip) -> np.ndarray:
    return cv2.resize(chip, (STORED, STORED), interpolation=cv2.INTER_AREA)


def train(examples: Examples, *, seed: int = 20, verbose: int = 0):
    """Train the network; returns the Keras model, see `ml.networks.coverage`.

    It is trained twice. Unchanged photos in which the first network clearly sees a hidden feature (real
    sunglasses, a microphone) are left out for the second.
    """
    first = _fit(examples, seed, EPOCHS // 4, verbose)
    seen = sigmoid(first.predict(inputs(examples.chips), batch_size=512, verbose=0))
    doubtful = (examples.kinds == "clean") & (seen > WRONG).any(axis=1)
    return _fit(examples.only(~doubtful), seed, EPOCHS, verbose)


def train_and_store(examples: Examples, *, verbose: int = 0) -> None:
    """Train the network and put its weights into the project, see `ml.faces.coverage.WEIGHTS`."""
    from ml.networks import coverage as network

    network.save(train(examples, verbose=verbose), coverage.WEIGHTS)
    coverage.forget()


def _fit(examples, seed, epochs, verbose):
    from ml.networks import coverage as network
    from ml.networks.keras_io import keras

    keras.utils.set_random_seed(seed)
    rng = np.random.default_rng(seed)
    model = network.build()
    steps = epochs * -(-len(examples) // BATCH)
    schedule = keras.optimizers.schedules.CosineDecay(RATE, steps)
    model.compile(keras.optimizers.AdamW(schedule, weight_decay=1e-3), loss=network.loss)
    targets = np.where(examples.shares >= HIDDEN, 1.0, 0.5)
    targets = np.where(examples.shares <= OPEN, 0.0, targets).astype(np.float32)
    for _ in range(epochs):
        chips, order = _varied(examples.chips, rng)
        y = np.where(order[:, None], targets[:, [1, 0, 2, 3]], targets)
        model.fit(coverage.standardised(chips), y, batch_size=BATCH, epochs=1, verbose=verbose)
    return model


def inputs(chips) -> np.ndarray:
    """The network's inputs for stored examples, float32 (n, 48, 48, 3)."""
    side = (coverage.SIDE, coverage.SIDE)
    small = [cv2.resize(chip, side, interpolation=cv2.INTER_AREA) for chip in chips]
    return coverage.standardised(np.stack(small))


def _varied(chips, rng) -> tuple[np.ndarray, np.ndarray]:
    """Augment faces: shift, turn, scale, mirror, blur, dim and tint them slightly.

    Returns:
        float32 (n, 48, 48, 3), and which of them are mirrored (n,).
    """
    side, count = coverage.SIDE, len(chips)
    out = np.empty((count, side, side, 3), np.float32)
    mirrored = rng.random(count) < 0.5
    angle, zoom = rng.normal(0, 4, count), side / STORED * rng.normal(1, 0.04, count)
    shift = rng.normal(0, 1.2, (count, 2))
    blur = np.where(rng.random(count) < 0.3, rng.uniform(0.4, 1.6, count), 0.35)
    gain = np.exp(rng.normal(0, 0.12, (count, 1, 1, 3)))
    noise = np.where(rng.random(count) < 0.2, rng.uniform(0, 12, count), 0.0)
    for k, chip in enumerate(chips):
        matrix = cv2.getRotationMatrix2D((STORED / 2 - 0.5,) * 2, angle[k], zoom[k])
        matrix[:, 2] += side / 2 - STORED / 2 + shift[k]
        soft = cv2.GaussianBlur(chip, (0, 0), blur[k] * STORED / side)
        out[k] = cv2.warpAffine(soft, matrix, (side, side), borderMode=cv2.BORDER_REPLICATE)
        if noise[k]:
            out[k] += rng.normal(0, noise[k], out[k].shape)
    out *= gain
    out[mirrored] = out[mirrored, :, ::-1]
    return out.clip(0, 255), mirrored


def figures(examples: Examples) -> dict:
    """Measure the stored network on examples.

    Returns:
        by kind of covering: `faces`, and the shares with the conditions `covered_eyes` and
        `covered_mouth`; where both eyes, or the mouth, are really hidden also `eyes_found` and
        `mouth_found`, the shares of these with the condition.
    """
    seen = coverage.probabilities(examples.chips)
    found = np.array([conditions.covered(coverage.Coverage(*row)) for row in seen.tolist()], object)
    eyes = np.array(["covered_eyes" in row for row in found])
    mouth = np.array(["covered_mouth" in row for row in found])
    both_hidden = (examples.shares[:, :2] >= HIDDEN).all(axis=1)
    mouth_hidden = examples.shares[:, 3] >= HIDDEN
    result = {}
    for kind in np.unique(examples.kinds):
        rows = examples.kinds == kind
        row: dict[str, float] = {"faces": int(rows.sum())}
        for name, noticed, hidden in (("eyes", eyes, both_hidden), ("mouth", mouth, mouth_hidden)):
            row[f"covered_{name}"] = round(float(noticed[rows].mean()), 4)
            if (rows & hidden).any():
                row[f"{name}_found"] = round(float(noticed[rows & hidden].mean()), 4)
        result[str(kind)] = row
    return result
