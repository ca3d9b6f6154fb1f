"""How gunicorn runs the service.  `just deploy` and deploy/agented.service use this file."""

import os
from pathlib import Path

from service.settings import read_settings

_settings = read_settings(os.environ, Path(".env"))

wsgi_app = "service.wsgi:app"
bind = _settings.bind

# One worker: the live state of server-sent events (who listens, the last lines) is in the memory of
# this process.  A second worker would not see it, so its listeners would wait for ever.
workers = 1

# Each open stream waits most of its life; gevent holds thousands of them in one process.
worker_class = "gevent"
worker_connections = 2000
