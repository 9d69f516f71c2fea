"""How alike the frames of one film are, and what taking several together does to the error rates.

Two extremes enclose a real camera: made films, whose frames all come from one photo, and photos of one
person from different days, which are as independent as frames can be.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from ml.errors import ImageRefused
from ml.evaluation.live import make, props, species
from ml.live.frames import Frames, Kept, judge
from ml.live.judge import Judge, Known, Subject
from ml.live.look import Seen, look
from ml.serving.verifier import Verifier

TIMES = (0.0, 0.4, 0.8, 1.2, 1.6)  # seconds at which a film's frames are taken
NONE = np.zeros((0, 4))


def measure(
    verifier: Verifier, images: Path, *, count: int, seed: int = 0, progress: Callable = iter
) -> dict:
    """Figures for films and for photos, JSON-ready.

    Args:
        images: photos as Name/Name_0001.jpg.
        count: people of each kind.
    """
    rng = np.random.default_rng(seed)
    films = _films(verifier, make.people(verifier, images, rng), count, rng, progress)
    photos = _photos(verifier, images, count, rng)
    return {"films": _figures(verifier, *films), "photos": _figures(verifier, *photos)}


Looks = list[list[tuple[Seen, np.ndarray]]]  # faces and embeddings of each person


def _films(
    verifier: Verifier,
    people: Iterable[tuple[props.Portrait, bytes]],
    count: int,
    rng: np.random.Generator,
    progress: Callable,
) -> tuple[Looks, np.ndarray]:
    """Looks at a film of each person, and the embeddings of other photos of theirs."""
    looks: Looks = []
    references = []
    rows = [row for row, _ in zip(people, range(count), strict=False)]
    for person, reference in progress(rows):
        scene = species.live(species.Cast(person, person), rng)
        seen = [look(verifier.finder, scene.frame(at), NONE) for at in TIMES]
        if all(seen):
            faces = [row[0] for row in seen]
            embeddings = verifier.embed([face.face.chips for face in faces])
            looks.append(list(zip(faces, embeddings, strict=True)))
            (embedding,) = verifier.embed([verifier.acquire(reference).face.chips])
            references.append(embedding)
    return looks, np.array(references)


def _photos(
    verifier: Verifier, images: Path, count: int, rng: np.random.Generator
) -> tuple[Looks, np.ndarray]:
    """The same with a photo of another day for each frame."""
    looks: Looks = []
    references = []
    needed = len(TIMES) + 1
    folders = sorted(path for path in images.iterdir() if len(list(path.glob("*.jpg"))) >= needed)
    for folder in (folders[number] for number in rng.permutation(len(folders))):
        if len(looks) == count:
            break
        faces = []
        for path in sorted(folder.glob("*.jpg"))[:needed]:
            try:
                found = verifier.acquire(path.read_bytes())
            except ImageRefused:
                continue
            faces.append(Seen(found.face, found.width, found.height))
        if len(faces) == needed:
            embeddings = verifier.embed([face.face.chips for face in faces])
            looks.append(list(zip(faces[1:], embeddings[1:], strict=True)))
            references.append(embeddings[0])
    return looks, np.array(references)


def _figures(verifier: Verifier, looks: Looks, references: np.ndarray) -> dict:
    """Error rates of single frames, of five together, and of the rule that ends a session."""
    frames = np.array([[embedding for _, embedding in row] for row in looks])
    together = frames.mean(axis=1)
    together /= np.linalg.norm(together, axis=-1, keepdims=True)
    head = verifier.head
    single = head.logits(frames[:, :, None], references)  # (people, frames, references)
    mean = head.logits(together[:, None], references)
    same = np.eye(len(looks), dtype=bool)
    by_pair = np.moveaxis(single, 1, 2)
    return {
        "people": len(looks),
        "strangers": int((~same).sum()),
        "in_common": {
            "same": in_common(by_pair[same]),
            "strangers": in_common(by_pair[~same]),
        },
        "rates": {
            f"{rate:g}": {
                "single": _errors(by_pair >= head.threshold(rate), same),
                "together": _errors(mean >= head.threshold(rate), same),
                "average_score": _errors(by_pair.mean(axis=-1) >= head.threshold(rate), same),
                "session": _errors(_ended(verifier, looks, references, rate) == "match", same),
            }
            for rate in (1e-2, 1e-3)
        },
    }


def in_common(scores: np.ndarray) -> float:
    """The share of the variance that the frames of one film have in common, of scores (pairs, frames).

    The intraclass correlation ICC(1) of Shrout and Fleiss (1979): 1 for copies, 0 for independent frames.
    """
    count = scores.shape[1]
    between = count * scores.mean(axis=1).var(ddof=1)
    within = scores.var(axis=1, ddof=1).mean()
    return round(float((between - within) / (between + (count - 1) * within)), 3)


def _errors(matched: np.ndarray, same: np.ndarray) -> dict[str, float]:
    """False matches and false non-matches, of (people, references, ...)."""
    return {
        "fmr": round(float(matched[~same].mean()), 6),
        "fnmr": round(float(1 - matched[same].mean()), 5),
    }


def _ended(verifier: Verifier, looks: Looks, references: np.ndarray, rate: float) -> np.ndarray:
    """How a session ends for each person and reference: str (people, references)."""
    judges = [Judge(verifier, Subject([Known(row, photo=True)], rate)) for row in references]
    return np.array([[_end(row, each) for each in judges] for row in looks])


def _end(row: list[tuple[Seen, np.ndarray]], against: Judge) -> str:
    frames, outcome = Frames(), ""
    for (seen, embedding), at in zip(row, TIMES, strict=True):
        frames.add(Kept(b"", seen, embedding, at))
        verdict = judge(
            frames,
            lambda mean: against.candidates(
                mean, frames.conditions, surplus=frames.surplus(against.head)
            ),
        )
        outcome = verdict.outcome
        if verdict.settled:
            break
    return outcome
