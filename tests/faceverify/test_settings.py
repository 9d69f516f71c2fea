"""Settings from the environment: strict readers, secrets made once, checks that speak up."""

import os
import re
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from faceverify import checks, env, secret_files
from tests.support.starting import start, starts

ROOT = Path(__file__).resolve().parent.parent.parent

SHOW = """
from django.conf import settings as s
print(s.DEBUG, s.DATABASES['default']['ENGINE'], s.CELERY_BROKER_URL, s.EMAIL_BACKEND, s.SECRET_KEY)
"""


def test_a_fresh_clone_needs_no_setting(tmp_path):
    first, second = start(tmp_path, SHOW), start(tmp_path, SHOW)

    assert first.returncode == 0, first.stderr
    assert first.stdout.split()[:4] == [
        "False", "faceverify.sqlite3", "filesystem://localhost/",
        "django.core.mail.backends.dummy.EmailBackend",
    ]  # fmt: skip
    assert first.stdout == second.stdout, "the secret key is made once"
    for name in ("secret_key", "file_keys"):
        assert (tmp_path / "var" / name).stat().st_mode & 0o777 == 0o600
    for folder in ("var", "media"):
        assert (tmp_path / folder).stat().st_mode & 0o777 == 0o700


def test_redis_and_postgresql_are_used_when_named(tmp_path):
    done = start(tmp_path, SHOW, REDIS_URL="redis://r:1/2", DATABASE_URL="postgresql://u:p@h/n")

    assert done.stdout.split()[1:3] == ["faceverify.postgresql", "redis://r:1/2"]


@pytest.mark.parametrize(
    ("environment", "waiters", "threads"),
    [
        ({}, 32, 44),
        ({"DATABASE_URL": "postgresql://u:p@h/n"}, 4, 16),  # each keeps a connection
        ({"FACEVERIFY_WAITERS": "10"}, 10, 22),
        ({"FACEVERIFY_WEB_THREADS": "50"}, 32, 50),
    ],
)
def test_a_web_process_has_threads_besides_those_that_wait_for_verdicts(
    tmp_path, environment, waiters, threads
):
    shown = "from faceverify import gunicorn as g; print(g.FACEVERIFY_WAITERS, g.threads)"

    done = start(tmp_path, shown, **environment)

    assert done.stdout.split() == [str(waiters), str(threads)], done.stderr


@pytest.mark.parametrize(
    ("environment", "sign_up"),
    [
        ({}, "open"),
        ({"FACEVERIFY_HOSTS": "localhost"}, "open"),
        ({"FACEVERIFY_BIND": "0.0.0.0"}, "invitation"),
        ({"FACEVERIFY_HOSTS": "faces.example.org"}, "invitation"),
        ({"FACEVERIFY_HOSTS": "faces.example.org", "FACEVERIFY_SIGN_UP": "open"}, "open"),
    ],
)
def test_sign_up_is_open_while_nobody_else_can_reach_the_site(tmp_path, environment, sign_up):
    show = "from django.conf import settings as s; print(s.FACEVERIFY_SIGN_UP)"

    assert start(tmp_path, show, **environment).stdout.strip() == sign_up


def test_domains_that_keep_nobody_out_are_warned_of(tmp_path):
    check = "from django.core.management import call_command as c; c('check')"
    domains = {"FACEVERIFY_SIGN_UP_DOMAINS": "example.org"}
    confirmed = {"FACEVERIFY_SMTP_HOST": "mail", "FACEVERIFY_EMAIL_VERIFICATION": "mandatory"}

    assert "accounts.W001" in start(tmp_path, check, **domains).stderr
    assert "accounts.W001" not in start(tmp_path, check, **domains, **confirmed).stderr


UNREADABLE = [
    ("FACEVERIFY_DEBUG", "perhaps"),
    ("FACEVERIFY_HTTPS", "2"),
    ("FACEVERIFY_WORKERS", "0"),
    ("FACEVERIFY_WORKERS", "many"),
    ("FACEVERIFY_RUNTIME", "torch"),
    ("FACEVERIFY_SMTP_PORT", "70000"),
    ("FACEVERIFY_LOG_FORMAT", "xml"),
    ("FACEVERIFY_EMAIL_VERIFICATION", "yes"),
    ("FACEVERIFY_EMAIL_VERIFICATION", "mandatory"),  # without a mail server
    ("FACEVERIFY_SIGN_UP", "yes"),
    ("FACEVERIFY_OPENID_ISSUER", "http://id.example.org"),
    ("FACEVERIFY_OPENID_ISSUER", "https://id.example.org"),  # without a client id
    ("FACEVERIFY_SWEEP_SECONDS", "nan"),
    ("FACEVERIFY_NO_MATCH_CHANCE", "0"),
    ("FACEVERIFY_NO_MATCH_CHANCE", "0.5"),
    ("FACEVERIFY_NO_MATCH_CHANCE", "ten"),
    ("DATABASE_URL", "mysql://u:p@h/n"),
    ("DATABASE_URL", "nonsense"),
    ("FACEVERIFY_PATH", "/faces?x=1"),
    ("FACEVERIFY_PATH", "https://example.org/faces"),
    ("FACEVERIFY_API_ORIGINS", "app.example.org"),
    ("FACEVERIFY_API_ORIGINS", "https://app.example.org/page"),
    ("FACEVERIFY_API_ORIGINS", "*,https://app.example.org"),
    ("FACEVERIFY_S3_BUCKET", "https://s3.example.org/photos"),
    ("FACEVERIFY_S3_ENDPOINT", "https://s3.example.org"),  # without a bucket
    ("FACEVERIFY_S3_SECRET_KEY", "without an access key"),
]


@pytest.fixture(scope="module")
def refusals(tmp_path_factory):
    """{the setting and its value: what a start with it says, and its exit status}"""
    given: list[dict[str, str]] = [{name: value} for name, value in UNREADABLE]
    folder = tmp_path_factory.mktemp("settings")
    return dict(zip(UNREADABLE, starts(folder, given), strict=True))


@pytest.mark.parametrize(("name", "value"), UNREADABLE)
def test_a_value_that_cannot_be_read_stops_the_start_and_names_its_setting(refusals, name, value):
    said, status = refusals[name, value]

    assert status != 0
    assert "ImproperlyConfigured" in said
    assert name in said.splitlines()[-1]


def test_false_is_false(monkeypatch):
    monkeypatch.setenv("FACEVERIFY_X", "false")
    assert env.boolean("FACEVERIFY_X", True) is False
    monkeypatch.setenv("FACEVERIFY_X", "TRUE")
    assert env.boolean("FACEVERIFY_X", False) is True
    monkeypatch.setenv("FACEVERIFY_X", "")
    assert env.boolean("FACEVERIFY_X", True) is True


def test_the_environment_wins_over_dotenv(tmp_path, monkeypatch):
    (tmp_path / ".env").write_text("FACEVERIFY_X=file\nFACEVERIFY_Y=file\n")
    monkeypatch.setenv("FACEVERIFY_X", "environment")
    monkeypatch.setenv("FACEVERIFY_Y", "")
    monkeypatch.delenv("FACEVERIFY_Y")

    env.load_dotenv(tmp_path / ".env")

    assert (env.text("FACEVERIFY_X"), env.text("FACEVERIFY_Y")) == ("environment", "file")


def test_two_first_starts_agree_on_one_key(tmp_path):
    made = iter(["first", "second"])

    def make() -> str:
        if not (tmp_path / "key").exists():
            (tmp_path / "key").write_text("other process\n")
        return next(made)

    assert secret_files.read_or_create(tmp_path / "key", make) == "other process"


def test_several_file_keys_can_be_given(tmp_path):
    (tmp_path / "file_keys").write_text("new\nold\n")

    assert secret_files.file_keys(tmp_path / "file_keys", tmp_path) == ["new", "old"]


def test_a_bad_file_key_is_named(settings):
    from verification.photos.checks import check_file_keys

    settings.FACEVERIFY_FILE_KEYS = [Fernet.generate_key().decode(), "short"]

    assert [(e.id, e.msg[:5]) for e in check_file_keys(None)] == [("verification.E001", "Key 2")]


def test_manage_py_checks_the_keys(tmp_path):
    done = start(
        tmp_path,
        "from django.core.management import call_command; call_command('check')",
        FACEVERIFY_FILE_KEYS="short",
    )

    assert done.returncode != 0
    assert "verification.E001" in done.stderr


def test_a_folder_that_cannot_be_written_is_named(settings, tmp_path):
    from verification.photos.checks import check_media_folder

    settings.MEDIA_ROOT = tmp_path / "nowhere"

    assert [e.id for e in check_media_folder(None)] == ["verification.E002"]


def test_a_misspelt_setting_is_noticed(monkeypatch):
    for name in [name for name in os.environ if name.startswith("FACEVERIFY_")]:
        monkeypatch.delenv(name)
    assert checks.check_setting_names(None) == []

    monkeypatch.setenv("FACEVERIFY_HOST", "example.org")

    (warning,) = checks.check_setting_names(None)
    assert warning.msg == "There is no setting FACEVERIFY_HOST."
    assert warning.hint == "Did you mean FACEVERIFY_HOSTS?"


def test_a_rate_that_cannot_be_read_is_named(settings):
    rates = {"user": "fast", "submit": "10/min"}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"DEFAULT_THROTTLE_RATES": rates}

    assert [(e.id, "'fast'" in e.msg) for e in checks.check_api_rates(None)] == [
        ("faceverify.E001", True)
    ]


def test_several_web_processes_without_redis_are_warned_of(monkeypatch, settings):
    settings.REDIS_URL = ""
    monkeypatch.setenv("WEB_CONCURRENCY", "2")

    assert [w.id for w in checks.check_rate_limits(None)] == ["faceverify.W002"]


def test_every_setting_is_described_in_the_example_file():
    files = [*(ROOT / "faceverify/settings").glob("*.py"), ROOT / "faceverify/gunicorn.py"]
    source = "".join(file.read_text() for file in files)
    read = set(re.findall(r'env\.\w+\(\s*f?"([A-Z0-9_]+)"', source))

    assert {"FACEVERIFY_HTTPS", "DATABASE_URL", "REDIS_URL", "PORT"} <= read
    example = (ROOT / ".env.example").read_text()
    assert {name for name in read if f"# {name}=" not in example} == set()


def test_migrations_are_complete(db):
    from django.core.management import call_command

    call_command("makemigrations", "--check", "--dry-run", verbosity=0)


def test_the_deployment_checks_pass_with_https(tmp_path):
    done = start(
        tmp_path,
        "from django.core.management import call_command\n"
        "call_command('check', deploy=True, fail_level='WARNING')",
        FACEVERIFY_HTTPS="true",
        FACEVERIFY_HOSTS="faces.example.org",
    )

    assert done.returncode == 0, done.stderr
