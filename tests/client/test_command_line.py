"""The command `faceverify` against a server with a real worker: output and exit status."""

import uuid

import pytest


@pytest.mark.parametrize(
    ("first", "second", "status", "says"),
    [
        ("ada-1.jpg", "ada-2.jpg", 0, "Same person. Confidence: "),
        ("ada-1.jpg", "bob-1.jpg", 1, "Different people. Confidence: "),
    ],
)
def test_compare_tells_the_verdict_in_words_and_status(faceverify, first, second, status, says):
    ran = faceverify("compare", first, second)

    assert (ran.status, ran.err) == (status, "")
    assert says in ran.out
    assert " %.\n" in ran.out
    assert "1 in 1,000 different pairs passes" in ran.out


def test_compare_as_json_is_the_answer_of_the_api(faceverify):
    ran = faceverify("compare", "ada-1.jpg", "ada-2.jpg", "--title", "gate", "--json")

    assert ran.json["outcome"] == "match"
    assert ran.json["title"] == "gate"
    assert ran.json["probe_name"] == "ada-1.jpg"
    assert ran.json["false_match_rate"] == 0.001


def test_the_strictness_is_chosen_by_its_number(faceverify):
    ran = faceverify("compare", "ada-1.jpg", "ada-2.jpg", "--strictness", "10000", "--json")

    assert ran.json["false_match_rate"] == 0.0001


def test_a_photo_refused_by_the_worker_says_what_to_do(faceverify):
    ran = faceverify("compare", "ada-1.jpg", "sky.jpg")

    assert ran.status == 3
    assert ran.err.startswith("reference: ")
    assert ran.out == ""


def test_a_photo_refused_at_the_door_says_what_to_do(faceverify):
    ran = faceverify("compare", "notes.jpg", "ada-1.jpg")

    assert ran.status == 3
    assert len(ran.err.splitlines()) >= 2


def test_one_of_two_faces_can_be_chosen(faceverify):
    assert faceverify("compare", "two.jpg", "ada-1.jpg").status == 3
    chosen = [
        faceverify("compare", "two.jpg", "ada-1.jpg", "--probe-face", str(face)).status
        for face in (0, 1)
    ]

    assert sorted(chosen) == [0, 1]  # the second person of the two is Ada


def test_people_are_added_listed_verified_and_identified(faceverify, photos):
    added = faceverify("people", "add", "Ada", "ada-1.jpg", "ada-2.jpg", "--tag", "team", "--json")
    assert added.status == 0, added.err
    assert (added.json["person"]["name"], added.json["person"]["ready_count"]) == ("Ada", 2)
    assert [photo["state"] for photo in added.json["photos"]] == ["ready", "ready"]
    assert faceverify("people", "add", "Bob", "bob-1.jpg").status == 0

    listed = faceverify("people", "list")
    assert [line.split()[0] for line in listed.out.splitlines()] == ["name", "Ada", "Bob"]
    assert [p["name"] for p in faceverify("people", "list", "--tag", "team", "--json").json] == [
        "Ada"
    ]

    assert faceverify("verify", "ada-3.jpg", "Ada").status == 0
    assert faceverify("verify", "ada-3.jpg", added.json["person"]["id"]).status == 0
    assert faceverify("verify", "bob-2.jpg", "Ada").status == 1

    found = faceverify("identify", "bob-2.jpg")
    assert found.status == 0
    assert found.out.splitlines()[-2].split()[1] == "Bob"
    ranked = faceverify("identify", "bob-2.jpg", "--json").json["candidates"]
    assert [each["name"] for each in ranked] == ["Bob", "Ada"]


def test_a_refused_photo_keeps_the_person_and_the_other_photos(faceverify):
    ran = faceverify("people", "add", "Cy", "ada-1.jpg", "sky.jpg", "notes.jpg", "--json")

    assert ran.status == 3
    assert ran.json["person"]["ready_count"] == 1
    assert [("error" in photo) for photo in ran.json["photos"]] == [False, False, True]

    more = faceverify("people", "add-photos", "Cy", "ada-2.jpg")
    assert (more.status, more.out) == (0, "ada-2.jpg: ready\n")


def test_a_folder_gives_its_photos(faceverify, photos, tmp_path):
    for name in ("bob-1.jpg", "bob-2.jpg"):
        (tmp_path / name).write_bytes((photos / name).read_bytes())
    (tmp_path / "list.txt").write_text("no photo")

    ran = faceverify("people", "add", "Folder", tmp_path, "--json")

    assert [photo["file_name"] for photo in ran.json["photos"]] == ["bob-1.jpg", "bob-2.jpg"]


def test_two_people_of_one_name_need_the_id(faceverify):
    for _ in range(2):
        faceverify("people", "add", "Twin", "ada-1.jpg")

    ran = faceverify("verify", "ada-2.jpg", "Twin")

    assert ran.status == 4
    assert "give the id instead" in ran.err


def test_history_is_newest_first_filtered_and_limited(faceverify):
    titles = [f"h-{uuid.uuid4().hex[:8]}" for _ in range(3)]
    for title, other in zip(titles, ("ada-2.jpg", "bob-1.jpg", "ada-3.jpg"), strict=True):
        faceverify("compare", "ada-1.jpg", other, "--title", title)

    rows = faceverify("history", "--search", "h-", "--json").json
    assert [row["title"] for row in rows] == titles[::-1]
    assert [
        row["title"]
        for row in faceverify("history", "--search", "h-", "--outcome", "match", "--json").json
    ] == [titles[2], titles[0]]
    table = faceverify("history", "--search", "h-", "-n", "1").out
    assert titles[2] in table
    assert titles[1] not in table
    assert faceverify("history", "--search", "nothing has this title").out == "Nothing found.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["compare"],
        ["compare", "ada-1.jpg", "gone.jpg"],
        ["compare", "ada-1.jpg", "ada-2.jpg", "--strictness", "7"],
        ["verify", "ada-1.jpg", "Nobody of this name"],
        ["history", "--outcome", "perhaps"],
        ["dance"],
    ],
)
def test_a_command_that_cannot_be_carried_out_ends_with_4(faceverify, arguments):
    ran = faceverify(*arguments)

    assert ran.status == 4
    assert ran.err
    assert ran.out == ""


def test_a_wrong_key_ends_with_4(faceverify):
    ran = faceverify("history", FACEVERIFY_KEY="fv_wrong")

    assert (ran.status, "not valid" in ran.err) == (4, True)
    assert faceverify("history", "--json", FACEVERIFY_KEY="fv_wrong").json["error"]["code"] == (
        "invalid_api_key"
    )


def test_help_documents_the_exit_status(faceverify):
    ran = faceverify("--help")

    assert ran.status == 0
    assert "cannot tell" in ran.out
    for command in ("login", "compare", "verify", "identify", "history", "people"):
        assert command in ran.out
