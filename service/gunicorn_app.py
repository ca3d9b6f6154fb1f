"""Gunicorn as `planner serve` starts it: no code comes from the folder that one stands in.

Gunicorn puts the working folder at the front of the import path.  There stands somebody's project,
which may well have a `service/` of its own, or be a plan that was cloned only to be looked at.
"""

import os

from gunicorn.app.wsgiapp import WSGIApplication


class _WithoutFolder(WSGIApplication):  # type: ignore[misc]  # gunicorn has no types
    def chdir(self) -> None:
        """Stay in the folder, and import nothing from it."""
        os.chdir(self.cfg.chdir)


if __name__ == "__main__":
    _WithoutFolder("%(prog)s [OPTIONS] [APP_MODULE]", prog="gunicorn").run()
