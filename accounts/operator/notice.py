"""The operator's privacy notice: their own file, in Markdown, or the one of the software."""

from pathlib import Path

from django.conf import settings
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

# HTML in the text is shown, not followed; links lead to http, https and mailto alone; no pictures.
_markdown = MarkdownIt("js-default").disable("image")


def own_notice() -> SafeString | None:
    """The operator's notice as HTML, read anew each time; None if there is none.

    Raises OSError or UnicodeDecodeError if it cannot be read; a check at the start tells of that.
    """
    path: Path | None = settings.FACEVERIFY_PRIVACY_NOTICE
    return None if path is None else rendered(path.read_text(encoding="utf-8"))


def rendered(text: str) -> SafeString:
    return mark_safe(_markdown.render(text))  # noqa: S308  escaped by the preset "js-default"
