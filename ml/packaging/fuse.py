"""Combine the towers of several models into one model, as in `duo`.

Each tower's embedding has length 1 and is scaled by its weight. The squares of the weights add up to 1, so the
combined embedding has length 1 as well, and its dot products are weighted means of the towers' cosines.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from ml.errors import MlError
from ml.evaluation.evaluate import Embedded
from ml.packaging import package
from ml.serving import artifacts

PHOTOS = 1000  # largest number of photos for measuring the spread of the cosines
TOWERS = 4  # with more a photo takes too long


@dataclass(frozen=True)
class _Part:
    """One tower of a model: its entries in the manifest's `encoder` (`row`) and `towers` (`about`)."""

    artifact: artifacts.Artifact
    row: dict
    about: dict

    def files(self, name: str) -> dict[str, bytes]:
        """Its files, under its name in the fused model."""
        found = {}
        for variant in dict.fromkeys((None, self.row.get("variant"))):
            old = artifacts.tower_file(self.row | {"variant": variant})
            if old in self.artifact.manifest["files"]:
                new = artifacts.tower_file(self.row | {"variant": variant, "name": name})
                found[new] = self.artifact.read(old)
        return found


def fuse(
    models: list,
    folder,
    data: package.FitData,
    *,
    name: str,
    version: str,
    weights: list[float] | None = None,
    progress=None,
) -> artifacts.Artifact:
    """Make a model from the towers of several models.

    Args:
        models: model folders, or names; at least two.
        folder: the model folder to write.
        data: for fitting weights, head and thresholds.
        weights: of the towers, in the order of the models; only their ratios count. By default a tower
            has the weight sqrt(1 / s), where s is the standard deviation of its cosines between photos
            of two people.

    Raises:
        MlError: a model is missing or damaged, the towers cannot be fused, or there are too few photos.
    """
    found = [artifacts.load(model) for model in models]
    parts = [part for artifact in found for part in _parts(artifact)]
    _check(parts, weights)
    names = _names(parts)
    files = package.detector_files()
    for part, own in zip(parts, names, strict=True):
        files |= part.files(own)
    description: dict[str, Any] = {
        "name": name,
        "version": version,
        "tower": " + ".join(names),
        "license": f"towers: see each; {package.OTHER_LICENSES}",
        "towers": [part.about | {"name": own} for part, own in zip(parts, names, strict=True)],
        "encoder": _encoder(parts, names, [1.0] * len(parts)),
        "sources": {row.name: row.manifest["sha256"] for row in found},
    }
    description["input"] = package.input_of(description["encoder"])
    with package.draft(files, description) as verifier:
        embedded = package.embed(verifier, data, progress=progress)
    columns = _columns(embedded.embeddings, parts)
    chosen = _unit(weights or spread_weights(columns, embedded.names, data))
    embeddings = np.hstack([rows * w for rows, w in zip(columns, chosen, strict=True)])
    fused = Embedded(embedded.names, embeddings.astype(np.float32), embedded.refused)
    description["encoder"] = _encoder(parts, names, chosen)
    manifest = description | package.fit_embedded(fused, data)
    if all("siamese.keras" in artifact.manifest["files"] for artifact in found):
        files["siamese.keras"] = _siamese(found, chosen, manifest)
    return artifacts.save(folder, files, manifest)


def spread_weights(
    columns: list[np.ndarray], names: list[str], data: package.FitData
) -> list[float]:
    """The weight of each tower, larger the less its cosines between photos of two people vary.

    Args:
        columns: each tower's embeddings of the photos `names`, of length 1, (n, d_i).

    Raises:
        MlError: there are no photos of two people.
    """
    a, b = _strangers(names, data)
    if len(a) < 2:
        raise MlError(
            "too_few_people",
            "There are no photos of different people to weigh the towers by.",
            "Use photos of more people, or give --weights.",
        )
    return [
        float(1.0 / np.sqrt(max(np.einsum("ij,ij->i", rows[a], rows[b]).std(), 1e-6)))
        for rows in columns
    ]


def _strangers(names: list[str], data: package.FitData) -> tuple[np.ndarray, np.ndarray]:
    """Positions of pairs of photos of two people."""
    if data.pairs is not None:
        at = {name: row for row, name in enumerate(names)}
        rows = [
            (at[one], at[other])
            for (one, other), same in zip(data.pairs.names, data.pairs.labels, strict=True)
            if not same and one in at and other in at
        ]
        first, second = np.array(rows, int).reshape(-1, 2).T
        return first, second
    step = max(1, len(names) // PHOTOS)
    kept = np.arange(0, len(names), step)
    a, b = (kept[side] for side in np.triu_indices(len(kept), 1))
    people = np.array([data.people[name] for name in names])
    apart = people[a] != people[b]
    return a[apart], b[apart]


def _parts(artifact: artifacts.Artifact) -> list[_Part]:
    manifest = artifact.manifest
    rows = artifacts.towers(manifest["encoder"])
    known = {about["name"]: about for about in manifest.get("towers", ())}
    if len(rows) == 1:
        about = next(iter(known.values()), {"license": manifest.get("license", "not stated")})
        return [_Part(artifact, rows[0], {"name": artifact.name} | about)]
    return [_Part(artifact, row, known.get(row["name"], {"name": row["name"]})) for row in rows]


def _check(parts: list[_Part], weights) -> None:
    if not 2 <= len(parts) <= TOWERS:
        raise MlError(
            "towers_unsuitable",
            f"These models have {len(parts)} towers in all; 2 to {TOWERS} can be fused.",
            "Name two models of one tower each.",
        )
    for part in parts:
        if not part.row["unit_length"]:
            raise MlError(
                "towers_unsuitable",
                f"The embeddings of the model {part.artifact.name} do not have length 1.",
                "Fuse towers whose embeddings are compared by their angle.",
            )
    if weights is not None and (
        len(weights) != len(parts) or not all(np.isfinite(w) and w > 0 for w in weights)
    ):
        raise MlError(
            "weights_unsuitable",
            f"{len(parts)} positive weights are needed, one for each tower.",
            "Leave out --weights to have them measured.",
        )


def _names(parts: list[_Part]) -> list[str]:
    """A unique name for each tower, which is used in its file's name."""
    names: list[str] = []
    for part in parts:
        own = part.row.get("name") or part.artifact.name
        count = sum(1 for known in names if known == own or known.rpartition("-")[0] == own)
        names.append(f"{own}-{count + 1}" if own in names else own)
    return names


def _encoder(parts: list[_Part], names: list[str], weights: list[float]) -> dict:
    rows = [
        {"name": own} | part.row | {"name": own, "weight": round(float(weight), 6)}
        for part, own, weight in zip(parts, names, weights, strict=True)
    ]
    return {"embedding_size": sum(row["embedding_size"] for row in rows), "towers": rows}


def _columns(embeddings: np.ndarray, parts: list[_Part]) -> list[np.ndarray]:
    """Each tower's share of the embeddings (n, sum of d_i)."""
    ends = np.cumsum([part.row["embedding_size"] for part in parts])[:-1]
    return np.split(embeddings, ends, axis=1)


def _unit(weights: list[float]) -> list[float]:
    length = float(np.linalg.norm(weights))
    return [round(float(weight) / length, 6) for weight in weights]


def _siamese(found: list[artifacts.Artifact], weights: list[float], manifest: dict) -> bytes:
    """The Siamese network around the models' own Keras encoders."""
    from ml.networks import keras_io, siamese

    encoders = []
    for artifact in found:
        encoders += siamese.parts(keras_io.load_encoder(artifact.folder / "siamese.keras"))
    return package.with_head(siamese.fuse(encoders, weights), manifest)
