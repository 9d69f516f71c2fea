"""One log format for the whole house: structlog events and standard library records alike."""

import sys

import structlog

_SHARED = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def logging_config(log_format: str, level: str) -> dict:
    """Set structlog up and return Django's LOGGING; `log_format` is `console` or `json`."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    if log_format == "json":
        render = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    else:
        # Plain: the default shows the values of local variables, which may be a photo or a key.
        render = [
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            )
        ]
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "house": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    *render,
                ],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "house"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "level": level, "propagate": True},
            "django.server": {"handlers": [], "level": level, "propagate": True},
            # django-structlog tells the end of each request already.
            "django.request": {"level": "ERROR", "propagate": True},
            "gunicorn.access": {"level": "WARNING", "propagate": True},
            "celery": {"level": "WARNING", "propagate": True},
            "kombu": {"level": "WARNING", "propagate": True},
            # At DEBUG these tell values: of rows, of all that a page is made from, of a photo's
            # metadata, of addresses.
            "django.db.backends": {"level": "INFO", "propagate": True},
            "django.template": {"level": "INFO", "propagate": True},
            "PIL": {"level": "INFO", "propagate": True},
            "urllib3": {"level": "INFO", "propagate": True},
            "httpcore": {"level": "INFO", "propagate": True},
        },
    }
