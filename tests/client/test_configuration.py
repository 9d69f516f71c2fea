"""Where the command line has the server's address and the key from."""

import stat

import pytest


def test_without_either_it_says_what_to_do(signed_out):
    ran = signed_out("history")

    assert ran.status == 4
    assert "faceverify login" in ran.err


def test_login_keeps_them_in_a_file_of_the_owner_alone(signed_out, place, key, tmp_path):
    ran = signed_out("login", place.url, "--key-stdin", stdin=f"{key}\n")

    file = tmp_path / "config/faceverify/config.toml"
    assert ran.status == 0, ran.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert key not in ran.out + ran.err
    assert signed_out("history", "--json").status == 0


def test_login_does_not_store_a_key_that_opens_nothing(signed_out, place, tmp_path):
    ran = signed_out("login", place.url, "--key-stdin", stdin="fv_wrong\n")

    assert ran.status == 4
    assert not (tmp_path / "config/faceverify/config.toml").exists()


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_file_that_others_may_read_is_refused(signed_out, place, key, tmp_path, mode):
    signed_out("login", place.url, "--key-stdin", stdin=f"{key}\n")
    file = tmp_path / "config/faceverify/config.toml"
    file.chmod(mode)

    ran = signed_out("history")

    assert ran.status == 4
    assert f"chmod 600 {file}" in ran.err.replace("\n", "")


def test_a_file_that_is_not_toml_is_named(signed_out, tmp_path):
    file = tmp_path / "own.toml"
    file.write_text("url: nowhere")
    file.chmod(0o600)

    ran = signed_out("history", FACEVERIFY_CONFIG=str(file))

    assert ran.status == 4
    assert "own.toml" in ran.err


def test_the_environment_wins_over_the_file(signed_out, place, key):
    signed_out("login", place.url, "--key-stdin", stdin=f"{key}\n")

    assert signed_out("history", FACEVERIFY_KEY="fv_wrong").status == 4
    assert signed_out("history").status == 0


def test_a_server_out_of_reach_ends_with_5(faceverify):
    ran = faceverify("login", "http://127.0.0.1:1", "--key-stdin", stdin="fv_x\n")

    assert ran.status == 5
    assert "does not answer" in ran.err
