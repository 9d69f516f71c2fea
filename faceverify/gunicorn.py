"""Configuration of gunicorn, the web server. It uses threads, for requests mostly wait."""

import logging.config
from typing import Any

from gunicorn.glogging import Logger

from faceverify import env
from faceverify.settings import BASE_DIR, LOGGING

env.load_dotenv(BASE_DIR / ".env")


class OneFormat(Logger):
    """Gunicorn's own lines look like all others."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        logging.config.dictConfig(LOGGING)


_port = env.integer("PORT", 8000, low=1, high=65535)
bind = f"{env.text('FACEVERIFY_BIND', '127.0.0.1')}:{_port}"
worker_class = "gthread"
workers = env.integer("WEB_CONCURRENCY", 1, low=1, high=256)
threads = env.integer("FACEVERIFY_WEB_THREADS", 12, low=2, high=512)
timeout = 60
graceful_timeout = 20
keepalive = 75  # longer than a proxy in front keeps an idle connection
loglevel = "warning"
logger_class = OneFormat
