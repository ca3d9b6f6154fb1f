"""Gunicorn's own messages in the log of the service.  `logger_class` of gunicorn.conf.py."""

import errno
import logging
from typing import Any, Final

from gunicorn.config import Config
from gunicorn.glogging import Logger

# A client that went away, or that never read and was cut off (see `service.guard.shape`): nobody
# can do anything about it, and gunicorn tells it as an error with a traceback for each of them.
_CLIENT_GONE: Final = {errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ECONNABORTED}


class GunicornLogger(Logger):  # type: ignore[misc]
    """Hands everything on to the root logger, whose handler writes lines.

    The access lines are the service's own (`service.observability.access`): gunicorn's would show
    the query of each address.
    """

    def setup(self, cfg: Config) -> None:
        """Set up as gunicorn does, then take its handlers off again."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            for handler in list(log.handlers):
                log.removeHandler(handler)
            log.addFilter(_of_use)
        self.error_log.propagate = True

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Nothing: the service writes its own line."""


def _of_use(record: logging.LogRecord) -> bool:
    error = record.exc_info[1] if record.exc_info else None
    return not (isinstance(error, OSError) and error.errno in _CLIENT_GONE)
