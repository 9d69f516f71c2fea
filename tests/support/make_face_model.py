"""Fit the statistical face model that the tests draw their faces from.

    python tests/support/make_face_model.py LFW_FOLDER tests/data/face_model.npz

Aligns faces, takes the mean and the first principal components of their pixels and stores them in 8
bits. A drawn face is a random mix of components: it resembles nobody in particular.
"""

import sys

import numpy as np
from sklearn.decomposition import PCA

from ml import images
from ml.errors import ImageRefused
from ml.evaluation.datasets import lfw
from ml.faces.alignment import align
from ml.serving.verifier import Verifier

SIDE, COMPONENTS, ZOOM, COUNT = 96, 48, 0.62, 3000


def main(folder: str, out: str) -> None:
    verifier = Verifier.load()
    names = lfw.images(folder)
    rows = []
    for name in names[:: max(1, len(names) // COUNT)]:
        data = lfw.image_path(folder, name).read_bytes()
        try:
            face = verifier.acquire(data).face
        except ImageRefused:
            continue
        chip = align(images.decode(data), face.landmarks, template="dlib150", size=SIDE, zoom=ZOOM)
        rows += [chip, chip[:, ::-1]]  # mirrored too, or the light of the press photos leans
    pixels = np.array(rows, np.float32).reshape(len(rows), -1)
    mean = pixels.mean(axis=0)
    scales, components = _pca(pixels, mean)
    top = np.abs(components).max(axis=1, keepdims=True)
    np.savez_compressed(
        out,
        mean=mean.astype(np.uint8).reshape(SIDE, SIDE, 3),
        components=np.round(components / top * 127).astype(np.int8).reshape(-1, SIDE, SIDE, 3),
        scales=(scales * top[:, 0]).astype(np.float32),
    )


def _pca(pixels, mean):
    """Principal components (k, d) of unit length and the standard deviation along each (k,)."""
    fitted = PCA(COMPONENTS, svd_solver="randomized", random_state=0).fit(pixels - mean)
    return np.sqrt(fitted.explained_variance_), fitted.components_


if __name__ == "__main__":
    main(*sys.argv[1:])
