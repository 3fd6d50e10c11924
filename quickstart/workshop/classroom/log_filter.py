"""A log that strangers cannot fill the disk by: so many records, and of each so many characters."""

from __future__ import annotations

import logging

from .rate_limit import Bucket

AT_ONCE, A_SECOND = 500, 2.0  # records
LONGEST = 4000  # characters of a message, and of the traceback below it


class LogLimit(logging.Filter):
    """Lets through what a log needs, and drops the flood."""

    def __init__(self) -> None:
        super().__init__()
        self.bucket = Bucket(AT_ONCE, A_SECOND)

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is kept; it is cut where it is long."""
        if self.bucket.wait():
            return False
        self.bucket.take()
        record.msg, record.args = record.getMessage()[:LONGEST], ()
        if record.exc_info and record.exc_info[0]:
            record.exc_text = logging.Formatter().formatException(record.exc_info)[-LONGEST:]
        return True


def limit_logs() -> None:
    """Put one filter before all handlers that there are."""
    sparing = LogLimit()
    loggers = [logging.root, *(one for one in logging.root.manager.loggerDict.values() if hasattr(one, "handlers"))]
    for handler in {handler for logger in loggers for handler in logger.handlers}:
        handler.addFilter(sparing)
    if logging.lastResort:
        logging.lastResort.addFilter(sparing)
