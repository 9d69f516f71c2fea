"""The command line `faceverify`."""

import sys

import click

from . import output
from .commands.batch import batch, batch_results
from .commands.gallery import people
from .commands.live import live
from .commands.login import login
from .commands.verdicts import compare, history, identify, verify
from .context import EXIT_CODES, INTERRUPTED, USAGE, Session, fail
from .errors import FaceverifyError
from .version import __version__


@click.group(
    epilog=EXIT_CODES,
    help="Do two photos show the same person? Asks a faceverify server.\n\n"
    "Its address and your API key come from FACEVERIFY_URL and FACEVERIFY_KEY, or from the file "
    "that `faceverify login` writes.",
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option("--url", default="", help="The server, instead of the configured one.")
@click.version_option(__version__, package_name="faceverify-client")
@click.pass_context
def cli(context: click.Context, url: str) -> None:
    context.obj.url = url


for command in (login, compare, verify, identify, live, history, people, batch, batch_results):
    cli.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; ends the process with one of the documented exit statuses."""
    session = Session(url="")
    try:
        status = cli.main(arguments, prog_name="faceverify", standalone_mode=False, obj=session)
    except click.Abort:
        output.err.print("Interrupted.")
        sys.exit(INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except FaceverifyError as error:
        fail(session, error)
    sys.exit(status if isinstance(status, int) else 0)
