"""The parts of which the pages of a report are made."""

import base64
import io


def table(names: list[str], lines: list[list[str]]) -> str:
    """A table with a heading for each column. A line is its title and its cells. All are HTML."""
    head = "".join(f'<th scope="col">{name}</th>' for name in names)
    body = "".join(
        f'<tr><th scope="row">{title}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'
        for title, *cells in lines
    )
    return f"<table><tr><td></td>{head}</tr>{body}</table>"


def image(png: bytes, words: str) -> str:
    """A picture within the page; `words` (HTML) describe it."""
    return f'<img alt="{words}" src="data:image/png;base64,{base64.b64encode(png).decode()}">'


def png(figure) -> bytes:
    """A matplotlib figure as PNG."""
    buffer = io.BytesIO()
    figure.savefig(buffer, dpi=80)
    return buffer.getvalue()
