"""Photos from folders, pairs, splits by person, augmentation."""

from dataclasses import replace

import numpy as np
import pytest

from ml.errors import MlError
from ml.faces.alignment import ChipSpec
from ml.networks import backbones
from ml.serving import artifacts
from ml.serving.verifier import Verifier
from ml.training.data import photos, sampling
from ml.training.data.aligned import AlignedFaces
from tests.support import faces


def write(path, data):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


@pytest.fixture
def people_folder(tmp_path):
    for person in range(3):
        for number in range(2):
            write(
                tmp_path / f"P{person}" / f"P{person}_{number + 1:04d}.jpg",
                faces.make_face(person, number, size=64),
            )
    return tmp_path


def test_a_folder_for_each_person(people_folder):
    loaded = photos.load(people_folder, 50)
    assert loaded.pixels.shape == (6, 50, 50, 3)
    assert loaded.people.tolist() == ["P0", "P0", "P1", "P1", "P2", "P2"]


def test_anchor_positive_and_negative_folders(tmp_path):
    write(tmp_path / "anchor" / "a.jpg", faces.make_face(0, 0, size=64))
    write(tmp_path / "positive" / "b.jpg", faces.make_face(0, 1, size=64))
    write(tmp_path / "negative" / "Ann_Other_0001.jpg", faces.make_face(1, size=64))
    write(tmp_path / "negative" / "Ann_Other_0002.jpg", faces.make_face(1, 1, size=64))
    write(tmp_path / "negative" / "c.jpg", faces.make_face(2, size=64))
    people = photos.load(tmp_path, 20).people.tolist()
    assert people == ["anchor", "Ann_Other", "Ann_Other", "c", "anchor"]


def test_corrupt_photos_are_listed_and_skipped(people_folder):
    broken = people_folder / "P1" / "broken.jpg"
    write(broken, b"not a photo")
    loaded = photos.load(people_folder, 20)
    assert len(loaded) == 6
    assert list(loaded.skipped) == [str(broken)]


def test_excluded_people_are_not_read(people_folder):
    assert set(photos.load(people_folder, 20, exclude={"P1"}).people) == {"P0", "P2"}


def test_cached_photos_are_the_same_and_notice_a_change(people_folder, tmp_path_factory):
    cache = tmp_path_factory.mktemp("cache")
    first = photos.load_cached(people_folder, 20, cache)
    again = photos.load_cached(people_folder, 20, cache)
    assert np.array_equal(first.pixels, again.pixels)
    assert again.paths == first.paths
    write(people_folder / "P3" / "P3_0001.jpg", faces.make_face(3, size=64))
    assert len(photos.load_cached(people_folder, 20, cache)) == 7


@pytest.mark.parametrize("name", backbones.NAMES)
def test_faces_are_aligned_at_the_size_that_the_network_takes(litert, name):
    chip = backbones.chip(name)

    face = AlignedFaces(litert, chip)(faces.make_face(0))

    assert face.shape == (chip.size, chip.size, 3)
    assert chip.size == backbones.module(name).INPUT_SIZE


def test_cached_faces_are_those_of_the_detector_and_the_alignment(litert, tmp_path):
    for person in range(2):
        write(tmp_path / "photos" / f"P{person}" / "1.jpg", faces.make_face(person))
    no_blazeface = dict(litert.artifact.manifest["files"])
    del no_blazeface["blazeface.tflite"]
    manifest = litert.artifact.manifest | {"files": no_blazeface}
    other = Verifier.of(artifacts.Artifact(litert.artifact.folder, manifest))
    chip = ChipSpec("dlib150", 40, 1.0)
    ways = [
        None,
        AlignedFaces(litert, chip),
        AlignedFaces(litert, replace(chip, zoom=2.0)),
        AlignedFaces(litert, replace(chip, template="lfw")),
        AlignedFaces(other, chip),
    ]

    def load(way):
        return photos.load_cached(tmp_path / "photos", 40, tmp_path / "cache", aligned=way)

    for way in ways:
        fresh = photos.load(tmp_path / "photos", 40, aligned=way)
        assert np.array_equal(load(way).pixels, fresh.pixels)
    assert len(list((tmp_path / "cache").iterdir())) == len(ways)
    for way in ways:
        load(way)
    assert len(list((tmp_path / "cache").iterdir())) == len(ways)


def test_a_missing_an_empty_and_a_one_person_folder_are_errors(tmp_path):
    for folder, code in ((tmp_path / "none", "data_missing"), (tmp_path, "data_empty")):
        with pytest.raises(MlError) as caught:
            photos.find(folder)
        assert caught.value.code == code
    write(tmp_path / "Only" / "1.jpg", faces.make_face(0, size=64))
    with pytest.raises(MlError) as caught:
        photos.find(tmp_path)
    assert caught.value.code == "data_one_person"


PEOPLE = np.array(["a", "a", "a", "b", "b", "c", "d", "d", "e", "f"])


def test_pairs_are_balanced_and_true_to_their_label():
    pairs = sampling.sample_pairs(PEOPLE, 40, np.random.default_rng(0))
    assert pairs.same.sum() == 20
    assert np.array_equal(PEOPLE[pairs.first] == PEOPLE[pairs.second], pairs.same)
    assert (pairs.first != pairs.second).all()


def test_pairs_are_repeated_by_their_seed():
    one, two, other = (
        sampling.sample_pairs(PEOPLE, 20, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert np.array_equal(one.first, two.first)
    assert not np.array_equal(one.first, other.first)


def test_no_positive_pair_without_second_photos():
    with pytest.raises(MlError) as caught:
        sampling.sample_pairs(["a", "b"], 4, np.random.default_rng(0))
    assert caught.value.code == "data_no_positives"
    assert (
        sampling.sample_pairs(["a", "b"], 4, np.random.default_rng(0), self_pairs=True).same.sum()
        == 2
    )


@pytest.mark.parametrize("seed", range(5))
def test_a_split_shares_no_person_and_loses_no_photo(seed):
    training, validation = sampling.split_people(PEOPLE, 0.4, seed)
    assert not set(PEOPLE[training]) & set(PEOPLE[validation])
    assert sorted([*training, *validation]) == list(range(len(PEOPLE)))


def test_a_leak_is_named():
    with pytest.raises(MlError, match="b") as caught:
        sampling.check_apart(["a", "b"], ["b", "c"])
    assert caught.value.code == "people_leak"


def test_every_augmentation_is_drawn_for_each_photo_and_repeats_with_its_seed():
    from ml.training.data.augmentation import Augmenter, steps

    image = np.random.default_rng(0).integers(0, 255, (48, 48, 3)).astype(np.float32)
    batch = np.broadcast_to(image, (12, 48, 48, 3))
    for name in steps():
        augment = Augmenter([name])
        one = augment(batch, 5)
        assert np.array_equal(one, augment(batch, 5)), name
        assert not np.array_equal(one, augment(batch, 6)), name
        assert any(not np.array_equal(one[0], row) for row in one[1:]), name
        assert one.min() >= 0
        assert one.max() <= 255
    with pytest.raises(ValueError, match="swirl"):
        Augmenter(["swirl"])
