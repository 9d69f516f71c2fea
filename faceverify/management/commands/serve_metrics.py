"""Serve this machine's metrics on a port of their own, for example where only workers run."""

from django.core.management.base import BaseCommand, CommandParser
from prometheus_client import start_http_server

from faceverify.metrics.views import everything

PORT = 9187


class Command(BaseCommand):
    help = (
        "Serve this machine's metrics on a port of their own, without a token: for a machine that has "
        "workers and no web process, or to keep them away from the site's address."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--port", type=int, default=PORT)
        parser.add_argument(
            "--address",
            default="127.0.0.1",
            help="Whoever reaches it reads the metrics: choose one of a private network.",
        )

    def handle(self, *, port: int, address: str, **_options: object) -> None:
        _server, thread = start_http_server(port, addr=address, registry=everything())
        self.stdout.write(f"Metrics: http://{address}:{port}/metrics")
        try:
            thread.join()
        except KeyboardInterrupt:
            self.stdout.write("Stopped.")
