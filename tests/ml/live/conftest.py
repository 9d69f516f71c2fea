import functools

import pytest

from ml.evaluation.live import films
from tests.support.faces import make_face

PER_SECOND = 6.0


@pytest.fixture(scope="session")
def film(litert):
    """Makes films of the tests' faces: (identity, seconds, how see `films.of_photo`) -> JPEG frames."""

    @functools.cache
    def make(identity, seconds, *, kind="live", steps=(), other=None):
        return films.of_photo(
            litert.finder,
            make_face(identity),
            kind=kind,
            other=None if other is None else make_face(other),
            steps=steps,
            seconds=seconds,
            per_second=PER_SECOND,
        )

    return make


@pytest.fixture(scope="session")
def template(litert):
    """The embedding of another photo of a person."""

    @functools.cache
    def embed(identity):
        (embedding,) = litert.embed([litert.acquire(make_face(identity, 1)).face.chips])
        return embedding

    return embed
