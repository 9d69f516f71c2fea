"""What the documents name exists: files, functions, links, settings, and commands with their options."""

import argparse
import ast
import importlib
import re
import shlex
from pathlib import Path

import pytest
from django.core.management import get_commands

from faceverify.checks import known_settings
from ml.__main__ import COMMANDS
from tests.support.servers import ROOT
from verification.webhooks.models import EVENTS

DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
ROOMS = ("accounts", "deploy", "docs", "faceverify", "ml", "scripts", "static", "templates", "tests", "verification")  # fmt: skip

FENCE = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.M | re.S)
INLINE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.M)
PLACE = re.compile(rf"((?:{'|'.join(ROOMS)})/[\w./*-]*)(?::([\w.]+))?")
MODULE = re.compile(rf"(?:{'|'.join(ROOMS)})(?:\.\w+)+")
SETTING = re.compile(r"\bFACEVERIFY_[A-Z0-9_]+\b")

each_document = pytest.mark.parametrize(
    "document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT))
)


def prose(text: str) -> str:
    """The text without its blocks of code."""
    return FENCE.sub("", text)


def slugs(text: str) -> set[str]:
    """The anchors that GitHub makes of the headings."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(prose(text)))
    return {heading.strip().replace(" ", "-") for heading in plain}


def commands(text: str, start: str) -> list[list[str]]:
    """The words after `start` of each command in the blocks of shell."""
    shell = "\n".join(body for _, language, body in FENCE.findall(text) if language == "sh")
    lines = shell.replace("\\\n", " ").splitlines()
    return [shlex.split(line.split(start, 1)[1], comments=True) for line in lines if start in line]


def defined_in(path: Path) -> set[str]:
    """The names at the top level of a module, imported ones too, and those in its classes as Class.name."""
    names = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            names.add(node.name)
        if isinstance(node, ast.ClassDef):
            names |= {f"{node.name}.{inner.name}" for inner in node.body if hasattr(inner, "name")}
        if isinstance(node, ast.ImportFrom):
            names |= {alias.asname or alias.name for alias in node.names}
        if isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names |= {target.id for target in targets if isinstance(target, ast.Name)}
    return names


def is_there(path: str, name: str) -> bool:
    """Whether the path exists, and defines `name` where one is given. NAME stands for any name."""
    found = list(ROOT.glob(path.rstrip("/").replace("NAME", "*")))
    return bool(found) and (not name or name in defined_in(found[0]))


def is_a_module(dotted: str) -> bool:
    """Whether the dotted name is a package, a module, or something that one defines."""
    *parents, name = dotted.split(".")
    folder = ROOT.joinpath(*parents)
    if (folder / name).is_dir() or (folder / f"{name}.py").is_file():
        return True
    modules = [folder.with_suffix(".py"), folder / "__init__.py"]
    return any(module.is_file() and name in defined_in(module) for module in modules)


@each_document
def test_every_link_to_a_file_or_a_heading_resolves(document):
    text = document.read_text()
    links = [link for link in LINK.findall(prose(text)) if "://" not in link]

    broken = []
    for link in links:
        path, _, heading = link.partition("#")
        target = document.parent / path if path else document
        if not target.exists() or (heading and heading not in slugs(target.read_text())):
            broken.append(link)

    assert broken == []


@each_document
def test_every_path_and_name_in_the_code_exists(document):
    named = INLINE.findall(prose(document.read_text()))

    places = [match.groups("") for code in named if (match := PLACE.fullmatch(code))]
    modules = [code for code in named if MODULE.fullmatch(code) and code not in EVENTS]

    assert [place for place in places if not is_there(*place)] == []
    assert [module for module in modules if not is_a_module(module)] == []


@each_document
def test_every_setting_is_one_that_is_described(document):
    settings = set(SETTING.findall(document.read_text()))

    # The client's own, and the passwords that compose.yaml gives its database and its Redis.
    assert settings - known_settings() <= {
        "FACEVERIFY_URL", "FACEVERIFY_KEY", "FACEVERIFY_DB_PASSWORD", "FACEVERIFY_REDIS_PASSWORD"
    }  # fmt: skip


@each_document
def test_every_command_can_be_typed_as_shown(document):
    text = document.read_text()

    for name, *arguments in commands(text, "python -m ml "):
        parser = argparse.ArgumentParser(prog=name)
        assert name in COMMANDS
        importlib.import_module(f"ml.cli.{name.replace('-', '_')}").add_arguments(parser)
        parser.parse_args(arguments)
    for name, *_ in commands(text, "manage.py "):
        assert name in get_commands()


def test_every_target_of_make_exists():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))

    named = {
        name
        for document in DOCUMENTS
        for code in INLINE.findall(document.read_text())
        for name in re.findall(r"^make ([a-z-]+)", code)
    }

    assert {"run", "test", "setup"} <= named <= targets


def test_what_is_missing_would_be_noticed():
    assert is_there("ml/packaging/presets/heads/NAME.json", "")
    assert is_there("verification/jobs/claims.py", "Claim.end")
    assert not is_there("verification/jobs/claims.py", "Claim.ended")
    assert not is_there("verification/jobs/claims_of_old.py", "")
    assert is_a_module("verification.engine.compare")
    assert not is_a_module("verification.engine.compared")
    assert "one-machine" in slugs("# Deploy\n\n## One machine\n")
    assert commands("```sh\npython -m ml a \\\n    --b 'c d'  # e\n```\n", "python -m ml ") == [
        ["a", "--b", "c d"]
    ]
