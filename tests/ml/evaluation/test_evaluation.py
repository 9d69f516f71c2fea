"""evaluate, calibrate and bench on a small folder of drawn people."""

import json

import pytest

from ml.__main__ import main
from ml.errors import MlError
from ml.evaluation.datasets import lfw
from ml.serving import artifacts
from tests.support.faces import SEEDS, make_face, no_face

pytestmark = pytest.mark.training

PEOPLE = 8


@pytest.fixture
def folder(tmp_path):
    for person in range(PEOPLE):
        where = tmp_path / "images" / f"Person_{person}"
        where.mkdir(parents=True)
        for photo in range(1, 4):
            (where / f"Person_{person}_{photo:04d}.jpg").write_bytes(make_face(person, photo))
    return tmp_path / "images"


@pytest.fixture
def pairs(tmp_path):
    same = [f"Person_{p}\t1\t2" for p in range(4)]
    other = [f"Person_{p}\t1\tPerson_{p + 4}\t1" for p in range(4)]
    lines = ["2\t2", *same[:2], *other[:2], *same[2:], *other[2:]]
    path = tmp_path / "pairs.txt"
    path.write_text("\n".join(lines) + "\n")
    return path


def test_evaluate_writes_the_figures(folder, pairs, tmp_path):
    out = tmp_path / "out.json"
    assert (
        main(["evaluate", "--images", str(folder), "--pairs", str(pairs), "--json", str(out)]) == 0
    )
    (result,) = json.loads(out.read_text())["models"]
    assert result["model"]["name"] == artifacts.load().name
    assert result["pairs"] == 8
    assert result["accuracy"] == 1.0 and result["accuracy_std"] == 0.0
    assert result["fnmr"]["1e-3"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    # 8 people were photographed 12 times: 4 pairs of one person among them.
    assert result["all_pairs"]["genuine_pairs"] == 4
    assert result["all_pairs"]["impostor_pairs"] == 12 * 11 // 2 - 4
    assert result["all_pairs"]["fnmr"]["1e-2"]["value"] == 0.0
    surest = result["by_probability"][-1]
    assert (surest["probability"], surest["false_match_rate"]) == (0.99, 0.0)
    assert result["outcomes"]["different_people"] == {
        "match": 0.0,
        "inconclusive": 0.0,
        "no_match": 1.0,
    }
    assert result["refused"] == []


def test_evaluate_tells_errors_by_group_and_where_they_gather(tmp_path, capsys):
    # Drawn people who may look like each other, so that there are errors to tell.
    people = range(len(SEEDS), len(SEEDS) + 16)
    rows = ["probe,reference,same,probe_person,reference_person"]
    for person in people:
        for photo in (1, 2):
            (tmp_path / f"{person}_{photo}.jpg").write_bytes(make_face(person, photo))
        rows.append(f"{person}_1.jpg,{person}_2.jpg,1,P{person},P{person}")
        rows.append(f"{people[0]}_1.jpg,{person}_2.jpg,{int(person == people[0])},,")
    (tmp_path / f"{people[0]}_2.jpg").write_bytes(no_face())
    pairs, out, page = tmp_path / "pairs.csv", tmp_path / "out.json", tmp_path / "out.html"
    pairs.write_text("\n".join(rows))
    sheet = tmp_path / "groups.csv"
    sheet.write_text("".join(f"P{p},{'odd' if p % 2 else '<even>'}\n" for p in people[:14]))

    arguments = ["evaluate", "--pairs", str(pairs), "--groups", str(sheet), "--normalisation"]
    assert main([*arguments, "--json", str(out), "--html", str(page)]) == 0

    (row,) = json.loads(out.read_text())["models"]
    even, odd = row["by_group"]["groups"]
    assert (odd["group"], odd["people"], odd["photos"]) == ("odd", 7, 13)
    assert (odd["genuine_pairs"], odd["impostor_pairs"]) == (6, 13 * 12 // 2 - 6)
    assert (even["failure_to_acquire"], odd["failure_to_acquire"]) == (0.0, round(1 / 14, 5))
    assert row["by_group"]["people_without_group"] == 2
    rates = row["by_group"]["rates"]["1e-2"]
    assert rates["fmr"][0][1] == rates["fmr"][1][0]
    assert rates["fmr"][0][1]["pairs"] == 13 * 14
    assert rates["overall"]["fmr"]["errors"] == row["most_confused"]["1e-2"]["false_matches"] > 0
    assert [group["group"] for group in row["by_photos"]["groups"]] == ["1 photo", "2 to 4 photos"]
    told, complaints = capsys.readouterr()
    assert row["normalisation"] is None and "at least about twenty people" in complaints
    assert "<even>, at 1e-3: false-match rate" in told
    assert "on the most-confused 5 % of photos" in told
    html = page.read_text()
    assert "Error rates by group" in html and "Where the errors gather" in html
    assert "&lt;even&gt;" in html and "<even>" not in html


def test_evaluate_refuses_groups_of_unknown_people_before_it_looks_at_photos(
    pairs, tmp_path, capsys
):
    sheet = tmp_path / "groups.csv"
    sheet.write_text("Person_0,x\nPerson_1,x\nPersom_2,x\n")
    arguments = ["--images", str(tmp_path / "none"), "--pairs", str(pairs)]
    assert main(["evaluate", *arguments, "--groups", str(sheet)]) == 1
    assert "no photo (1): Persom_2." in capsys.readouterr().err


def test_evaluate_lists_what_was_refused_and_counts_it_against_the_model(folder, pairs, tmp_path):
    (folder / "Person_0" / "Person_0_0001.jpg").write_bytes(no_face())
    (folder / "Person_1" / "Person_1_0002.jpg").unlink()
    out = tmp_path / "out.json"
    main(["evaluate", "--images", str(folder), "--pairs", str(pairs), "--json", str(out)])
    (result,) = json.loads(out.read_text())["models"]
    assert result["failure_to_acquire"] == pytest.approx(2 / 12, abs=1e-5)
    assert result["refused"] == [
        {"image": "Person_0_0001", "code": "no_face_found"},
        {"image": "Person_1_0002", "code": "image_missing"},
    ]
    assert result["pairs"] == 8
    assert result["outcomes"]["same_person"]["no_match"] == 0.5


def test_evaluate_reads_csv_and_shows_models_side_by_side(folder, tmp_path, litert, capsys):
    lines = ["probe,reference,same"]
    for p in range(3):
        lines.append(
            f"images/Person_{p}/Person_{p}_0001.jpg,images/Person_{p}/Person_{p}_0002.jpg,1"
        )
        lines.append(f"images/Person_{p}/Person_{p}_0001.jpg,images/Person_7/Person_7_0002.jpg,0")
    pairs = tmp_path / "pairs.csv"
    pairs.write_text("\n".join(lines))
    out, page = tmp_path / "out.json", tmp_path / "out.html"
    model = str(litert.artifact.folder)
    arguments = ["--pairs", str(pairs), "--model", model, "--model", model, "--robustness"]
    assert main(["evaluate", *arguments, "--json", str(out), "--html", str(page)]) == 0
    first, second = json.loads(out.read_text())["models"]
    assert first["accuracy"] == second["accuracy"] == 1.0
    assert first["all_pairs"] is None  # the file names no people
    assert list(first["robustness"])[:2] == ["clean", "blur"]
    told = capsys.readouterr().out
    assert told.count("accuracy 1.0000 (std 0.0000), 6 pairs") == 2
    html = page.read_text()
    assert html.count("data:image/png;base64,") == 3
    assert "people not named" in html and "sunglasses" in html


def test_calibrate_writes_a_head_that_can_be_prepared(folder, tmp_path, litert):
    out = tmp_path / "head.json"
    assert main(["calibrate", "--images", str(folder), "--json", str(out), "--data", "drawn"]) == 0
    made = json.loads(out.read_text())
    assert made.keys() >= {"encoder", "head", "calibration", "operating_points", "metrics", "data"}
    assert made["data"]["people"] == PEOPLE and made["data"]["images"] == 3 * PEOPLE
    assert len(made["head"]["weights"]) == len(litert.artifact.manifest["head"]["weights"])
    assert made["encoder"] == litert.artifact.manifest["encoder"]


def test_calibrating_on_one_photo_a_person_is_an_error(folder, tmp_path, capsys):
    for path in folder.glob("*/*_000[23].jpg"):
        path.unlink()
    assert main(["calibrate", "--images", str(folder), "--json", str(tmp_path / "x")]) == 1
    assert "at least 10 people" in capsys.readouterr().err


def test_bench_reports_time_by_step_and_memory(folder, tmp_path):
    out = tmp_path / "bench.json"
    assert main(["bench", "--images", str(folder), "--count", "4", "--json", str(out)]) == 0
    result = json.loads(out.read_text())
    assert set(result["steps"]) == {"decode", "detect", "align", "embed"}
    assert result["ms_per_face"] == pytest.approx(sum(result["steps"].values()), abs=0.05)
    assert result["serving_rss_mb"] < 300


@pytest.mark.parametrize(
    ("text", "line"), [("ten\n", 1), ("", 1), ("1\t1\nAda\t1\n", 2), ("1\t1\nAda\tx\t2\n", 2)]
)
def test_a_malformed_pairs_file_names_the_line(tmp_path, text, line):
    path = tmp_path / "pairs.txt"
    path.write_text(text)
    with pytest.raises(MlError, match=f"line {line}"):
        lfw.read_pairs(path)


def test_one_fold_alone_is_refused_with_a_way_out(folder, pairs, capsys):
    arguments = ["--images", str(folder), "--pairs", str(pairs), "--folds", "1"]

    assert main(["evaluate", *arguments]) == 1
    assert "Give --folds at least two numbers" in capsys.readouterr().err


def test_pairs_are_read_into_their_folds(pairs):
    found = lfw.read_pairs(pairs)
    assert found.names[0] == ("Person_0_0001", "Person_0_0002")
    assert found.labels == [1, 1, 0, 0, 1, 1, 0, 0]
    assert found.folds == [0, 0, 0, 0, 1, 1, 1, 1]


def test_a_folder_without_images_is_an_error(tmp_path, capsys):
    assert main(["calibrate", "--images", str(tmp_path), "--json", str(tmp_path / "x")]) == 1
    assert "one folder for each person" in capsys.readouterr().err
