"""The files of deploy/ and compose.yaml, as far as they can be checked without what runs them."""

import shutil
import subprocess
import sys

import pytest
import yaml

from tests.support.servers import ROOT

UNITS = sorted((ROOT / "deploy/systemd").iterdir())
COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text())
PROCESSES = [line.partition(":")[0] for line in (ROOT / "Procfile").read_text().splitlines()]


def test_systemd_takes_the_units(tmp_path):
    program = shutil.which("systemd-analyze")
    if not program:
        pytest.skip("the program systemd-analyze is not installed")
    for unit in UNITS:
        here = unit.read_text().replace("/opt/faceverify", str(ROOT))
        (tmp_path / unit.name.replace("@.", "@web.")).write_text(here)

    done = subprocess.run(
        [program, "verify", "--man=no", *sorted(tmp_path.iterdir())],
        env={"SYSTEMD_UNIT_PATH": f"{tmp_path}:"}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip

    ours = [line for line in done.stderr.splitlines() if "faceverify" in line]
    assert (done.returncode, ours) == (0, [])


def test_each_process_of_the_procfile_is_started_by_name(tmp_path):
    done = subprocess.run(
        [sys.executable, ROOT / "scripts/process.py", "nothing"],
        capture_output=True, text=True,
    )  # fmt: skip

    assert done.returncode == 1
    assert done.stderr.strip().endswith(f"{', '.join(PROCESSES)}.")


def test_every_process_runs_in_a_container():
    commands = [service.get("command") for service in COMPOSE["services"].values()]

    assert [c[2] for c in commands if c and c[:2] == ["python", "scripts/process.py"]] == PROCESSES


@pytest.mark.parametrize("name", COMPOSE["services"])
def test_a_container_can_change_nothing_but_its_data(name):
    service = COMPOSE["services"][name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]


def test_only_the_proxy_is_reachable_and_what_stores_data_is_cut_off():
    services = COMPOSE["services"]

    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    for name in ("redis", "postgres"):
        assert services[name]["networks"] == ["inside"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}


def test_no_password_has_a_default():
    text = (ROOT / "compose.yaml").read_text()

    for name in ("FACEVERIFY_DB_PASSWORD", "FACEVERIFY_REDIS_PASSWORD"):
        assert text.count(f"${{{name}:?") == text.count(f"${{{name}")
