"""`faceverify login`"""

import sys

import click

from .. import config, output
from ..context import Session, with_json
from ..errors import ApiError, ConfigError
from ..synchronous.client import Client


@click.command()
@click.argument("url")
@click.option("--key-stdin", is_flag=True, help="Read the key from standard input.")
@with_json
def login(session: Session, url: str, key_stdin: bool) -> None:
    """Remember the server at URL and an API key, in a file that only you can read.

    Make the key in the browser under Account, API keys. It is asked for without being shown, and
    tried before it is stored.
    """
    if not url.startswith(("http://", "https://")):
        raise click.UsageError("URL has to start with https:// or http://")
    key = sys.stdin.readline() if key_stdin else click.prompt("API key", hide_input=True, err=True)
    key = key.strip()
    if not key.isascii() or not key.startswith("fv_"):
        raise ConfigError("An API key starts with fv_")
    with Client(url, key, retries=1) as client:
        try:
            client.get("verifications/", params={"page_size": 1})
        except ApiError as error:
            if error.status != 403:  # a key without the right to read the history is a key
                raise
    file = config.write(config.Config(url.rstrip("/"), key))
    if session.json:
        output.write_json({"url": url, "file": str(file)})
    else:
        output.out.print(f"Signed in. The key is kept in {file}", markup=False)
