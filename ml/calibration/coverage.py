"""Train the network that tells which features of a face are hidden, and measure it.

It learns from photos of people with drawn coverings (`ml.evaluation.coverings.TRAINED`), each found
and aligned anew by the product's own finder, because a covering moves the landmarks. It is measured
on other people, and on kinds of coverings that it has not seen.
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

STORED = 72  # pixels of a stored example: leaves room to shift and scale it to the network's 48
HELD_OUT = (0, 1)  # folds of people that the network is measured on
HIDDEN, OPEN = 0.6, 0.3  # share from which a feature counts as hidden, and up to which as open
CUT = "cut"
A_PERSON = 2  # photos of each, or the most photographed would count for most
EPOCHS, BATCH, RATE = 20, 64, 2e-3
WRONG = 0.9  # a photo taken as it is whose feature seems hidden so surely may really be covered


@dataclass(frozen=True)
class Examples:
    """Aligned faces, uint8 RGB (n, 72, 72, 3), what share of each feature is hidden, (n, 4), how
    each was covered ("clean": not at all), and the name of its photo."""

    chips: np.ndarray
    shares: np.ndarray
    kinds: np.ndarray
    names: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def only(self, rows) -> "Examples":
        return Examples(self.chips[rows], self.shares[rows], self.kinds[rows], self.names[rows])


def held_out(name: str) -> bool:
    """Whether the person of an image is one that the network is measured on."""
    return fold_of(lfw.person_of(name)) in HELD_OUT


def draw(verifier, photos: dict, *, seed: int = 20, progress=None) -> Examples:
    """Each photo as it is and with coverings: the trained kinds, or all for people held out.

    Args:
        verifier: finds and aligns the faces.
        photos: path by image name.

    Raises:
        MlError: no face was found in any of the photos.
    """
    rng = np.random.default_rng(seed)
    trained, all_kinds = list(coverings.TRAINED), [*coverings.KINDS, CUT]
    rows = []
    chosen = first_photos(photos, A_PERSON)
    for name in progress(chosen) if progress else chosen:
        try:
            data = photos[name].read_bytes()
            pixels, face = images.decode(data), verifier.acquire(data).face
        except (ImageRefused, OSError):
            continue
        rows.append((_small(face.chip), np.zeros(4), "clean", name))
        if held_out(name):
            kinds = rng.choice(all_kinds, 2, replace=False)
        else:
            kinds = [
                *rng.choice(trained, 2, replace=False),
                rng.choice([*coverings.OPEN, CUT]),
            ]
        for kind in kinds:
            drawn, landmarks = _covered(kind, pixels, face, rng)
            saved = images.encode_jpeg(drawn.pixels, int(rng.integers(75, 96)))
            try:
                chip = verifier.acquire(saved).face.chip
            except ImageRefused:
                continue
            rows.append((_small(chip), coverings.shares(drawn, landmarks), str(kind), name))
    if not rows:
        raise MlError(
            "no_faces", "No face was found in the photos.", "Give a folder of photos of people."
        )
    chips, shares, kinds, names = (np.array(column) for column in zip(*rows, strict=True))
    return Examples(chips, shares.astype(np.float32), kinds, names)


def first_photos(photos, count: int) -> list[str]:
    """The first `count` image names of each person, in order."""
    by_person = {}
    for name in sorted(photos):
        by_person.setdefault(lfw.person_of(name), []).append(name)
    return [name for names in by_person.values() for name in names[:count]]


def _covered(kind, pixels, face, rng):
    if kind != CUT:
        return coverings.draw(kind, pixels, face.landmarks, rng), face.landmarks
    side, share = rng.choice(coverings.SIDES), rng.uniform(0.1, 0.5)
    left, top, right, bottom = coverings.cut_frame(pixels.shape, face.box, side, share)
    kept = np.ascontiguousarray(pixels[top:bottom, left:right])
    drawn = coverings.CoveredPhoto(kept, np.zeros(kept.shape[:2], np.float32))
    return drawn, face.landmarks - (left, top)


def _small(chip) -> np.ndarray:
    return cv2.resize(chip, (STORED, STORED), interpolation=cv2.INTER_AREA)


def train(examples: Examples, *, seed: int = 20, verbose: int = 0):
    """Train the network; returns the Keras model, see `ml.networks.coverage`.

    It is trained twice: photos taken as they are in which the first one surely sees a hidden
    feature (real sunglasses, a microphone) do not count for the second.
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
    """What the network takes of stored examples, float32 (n, 48, 48, 3)."""
    side = (coverage.SIDE, coverage.SIDE)
    small = [cv2.resize(chip, side, interpolation=cv2.INTER_AREA) for chip in chips]
    return coverage.standardised(np.stack(small))


def _varied(chips, rng) -> tuple[np.ndarray, np.ndarray]:
    """The faces shifted, turned, scaled, mirrored, blurred, dimmed and tinted a little.

    Returns:
        float32 (n, 48, 48, 3), and which of them were mirrored (n,).
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
    """How the stored network does on examples: by kind, the share with each condition.

    Returns:
        by kind, `faces`, and the shares called `covered_eyes` and `covered_mouth`; for coverings of
        those where both eyes, or the mouth, are really hidden also `eyes_found` and `mouth_found`.
    """
    seen = coverage.probabilities(examples.chips)
    told = np.array([conditions.covered(coverage.Coverage(*row)) for row in seen.tolist()], object)
    eyes = np.array(["covered_eyes" in row for row in told])
    mouth = np.array(["covered_mouth" in row for row in told])
    both_hidden = (examples.shares[:, :2] >= HIDDEN).all(axis=1)
    mouth_hidden = examples.shares[:, 3] >= HIDDEN
    result = {}
    for kind in np.unique(examples.kinds):
        rows = examples.kinds == kind
        row = {"faces": int(rows.sum())}
        for name, called, hidden in (("eyes", eyes, both_hidden), ("mouth", mouth, mouth_hidden)):
            row[f"covered_{name}"] = round(float(called[rows].mean()), 4)
            if (rows & hidden).any():
                row[f"{name}_found"] = round(float(called[rows & hidden].mean()), 4)
        result[str(kind)] = row
    return result
