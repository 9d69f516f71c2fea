import pytest

from tests.faces import make_face

PEOPLE, PHOTOS = 8, 3


@pytest.fixture(scope="session")
def people(tmp_path_factory):
    """Drawn people in LFW's layout: Person_0/Person_0_0001.jpg and so on."""
    folder = tmp_path_factory.mktemp("people")
    for person in range(PEOPLE):
        where = folder / f"Person_{person}"
        where.mkdir()
        for photo in range(1, PHOTOS + 1):
            (where / f"Person_{person}_{photo:04d}.jpg").write_bytes(make_face(person, photo))
    return folder


@pytest.fixture(scope="session")
def pairs(tmp_path_factory):
    """Pairs of these people in LFW's format, two folds of two pairs each kind."""
    same = [f"Person_{p}\t1\t2" for p in range(4)]
    other = [f"Person_{p}\t1\tPerson_{p + 4}\t1" for p in range(4)]
    path = tmp_path_factory.mktemp("pairs") / "pairs.txt"
    path.write_text("\n".join(["2\t2", *same[:2], *other[:2], *same[2:], *other[2:]]) + "\n")
    return path
