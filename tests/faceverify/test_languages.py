"""Languages: which are offered, which one a reader gets, and whether the catalogues are whole."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse

from faceverify.checks import check_catalogues
from tests.support.languages import offer
from tests.support.starting import start

ROOT = Path(__file__).parents[2]
LOGIN = "/accounts/login/"
REQUIRED = {"en": "This field is required.", "de": "Dieses Feld ist zwingend erforderlich."}


@pytest.fixture
def several_languages(settings):
    offer(settings, ("de", "Deutsch"), ("ar", "العربيّة"))


@pytest.mark.django_db
@pytest.mark.usefixtures("several_languages")
class TestSeveral:
    @pytest.mark.parametrize("language", ["en", "de"])
    def test_the_browsers_language_is_spoken(self, client, language):
        page = client.post(LOGIN, headers={"accept-language": language}).content.decode()

        assert f'<html lang="{language}">' in page
        assert REQUIRED[language] in page

    def test_one_that_is_chosen_comes_first(self, client):
        client.post(reverse("set_language"), {"language": "de", "next": LOGIN})

        page = client.get(LOGIN, headers={"accept-language": "en"}).content.decode()

        assert '<html lang="de">' in page

    def test_one_that_is_not_offered_is_answered_in_the_first(self, client):
        page = client.get(LOGIN, headers={"accept-language": "fr"}).content.decode()

        assert '<html lang="en">' in page

    def test_one_that_is_written_from_right_to_left_says_so(self, client):
        page = client.get(LOGIN, headers={"accept-language": "ar"}).content.decode()

        assert '<html lang="ar" dir="rtl">' in page

    def test_each_is_offered_by_its_own_name(self, client):
        page = client.get(LOGIN, headers={"accept-language": "de"}).content.decode()

        for code, name in [("en", "English"), ("de", "Deutsch"), ("ar", "العربيّة")]:
            assert f'value="{code}" lang="{code}"' in page
            assert name in page

    def test_scripts_get_its_words_before_they_run_and_keep_them_for_a_while(self, client):
        page = client.get(LOGIN, headers={"accept-language": "de"}).content.decode()

        address = re.search(r'<script src="([^"]*words.js[^"]*)" defer>', page)
        assert address
        assert address.start() < page.index('type="module"')
        words = client.get(address[1], headers={"accept-language": "de"})
        assert "max-age=3600" in words["Cache-Control"]
        assert "django.gettext" in words.content.decode()

    def test_english_needs_no_words_for_scripts(self, client):
        page = client.get(LOGIN, headers={"accept-language": "en"}).content.decode()

        assert "words.js" not in page

    def test_choosing_leads_nowhere_but_to_this_site(self, client):
        answer = client.post(
            reverse("set_language"), {"language": "de", "next": "https://elsewhere.example/"}
        )

        assert "elsewhere" not in answer["Location"]


@pytest.mark.django_db
def test_where_there_is_one_nothing_is_to_be_chosen(client, settings):
    settings.LANGUAGES = [("en", "English")]
    settings.MIDDLEWARE = [
        name for name in settings.MIDDLEWARE if not name.endswith("LocaleMiddleware")
    ]

    page = client.get(LOGIN, headers={"accept-language": "de"})

    assert '<html lang="en">' in page.content.decode()
    assert reverse("set_language") not in page.content.decode()
    assert "accept-language" not in page.get("Vary", "").lower()


def test_one_without_a_catalogue_stops_the_start(tmp_path):
    started = start(tmp_path, FACEVERIFY_LANGUAGES="en,tlh")

    assert ImproperlyConfigured.__name__ in started.stderr
    assert "there is no catalogue for 'tlh'" in started.stderr


def test_one_whose_catalogue_is_not_compiled_is_warned_of(settings, tmp_path):
    settings.LANGUAGES = [("en", "English"), ("de", "Deutsch")]
    settings.LOCALE_PATHS = [tmp_path]

    (warning,) = check_catalogues(None)
    assert "'de' is not compiled" in warning.msg

    (tmp_path / "de" / "LC_MESSAGES").mkdir(parents=True)
    (tmp_path / "de" / "LC_MESSAGES" / "django.mo").touch()
    assert check_catalogues(None) == []


def test_the_catalogues_are_complete_and_true_to_the_code():
    checked = subprocess.run(
        [sys.executable, "scripts/languages.py", "check"], cwd=ROOT, capture_output=True, text=True
    )

    assert checked.returncode == 0, checked.stderr


def test_another_comes_by_its_folder_alone(tmp_path):
    for name in (
        "accounts",
        "manage.py",
        "ml",
        "pyproject.toml",
        "static",
        "templates",
        "verification",
    ):
        (tmp_path / name).symlink_to(ROOT / name)
    for name in ("faceverify", "scripts"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "locale").mkdir()

    _run(tmp_path, "scripts/languages.py", "add", "eo")
    catalogue = tmp_path / "locale" / "eo" / "LC_MESSAGES" / "django.po"
    text = catalogue.read_text()
    assert 'msgid "Sign in"\nmsgstr ""' in text
    catalogue.write_text(
        text.replace('msgid "Sign in"\nmsgstr ""', 'msgid "Sign in"\nmsgstr "Ensaluti"')
    )
    _run(tmp_path, "scripts/languages.py", "compile")

    asked = """
import django; django.setup()
from django.conf import settings
from django.utils import translation
translation.activate("eo")
print(settings.LANGUAGES, translation.gettext("Sign in"), translation.gettext("Sign out"))
"""
    assert _run(tmp_path, "-c", asked).splitlines()[-1] == (
        "[('en', 'English'), ('eo', 'Esperanto')] Ensaluti Sign out"
    )


def _run(folder: Path, *arguments: str) -> str:
    """What a script says there, with the settings as they are without any in the environment."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith("FACEVERIFY_")
    } | {"DJANGO_SETTINGS_MODULE": "faceverify.settings", "FACEVERIFY_DOTENV": "false"}
    ran = subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout
