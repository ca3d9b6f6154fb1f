"""How gunicorn runs the service.  `just deploy` and deploy/agented.service use this file.

What depends on the place comes from the settings (.env.example); what stands here holds everywhere,
and each line says why.  The checks at the start are in service/master.py.
"""

from service.master import (  # noqa: F401 - gunicorn calls the hooks by these names
    nworkers_changed,
    on_exit,
    on_starting,
    post_fork,
    post_request,
    post_worker_init,
    reread_settings,
    worker_exit,
)

_settings = reread_settings()

wsgi_app = "service.wsgi:make_app()"
bind = _settings.bind
# A unix socket is for the service's user and group: put the reverse proxy's user into the group.
umask = 0o007

# One worker: the live state of server-sent events (SSE), that is who listens and the last lines of
# each stream, is in the memory of this process.  A second worker would not see it, so the listeners
# that it got would wait for ever.  Asking for more ends the start (service/master.py).
workers = 1

# Each open stream waits most of its life; gevent holds thousands of them in one process.
worker_class = "gevent"
# Each stream and each waiting browser is a connection.
worker_connections = 2000
# The standard library must be patched in the worker before the app is imported there.
preload_app = False
# A worker that is replaced after so many requests would cut its streams off.
max_requests = 0

# A worker whose event loop stands still for this long is stuck: it is killed and replaced.
timeout = 30
# After SIGTERM: streams are told to end and requests are finished.  Supervisors must wait longer
# before they kill (TimeoutStopSec in deploy/agented.service).
graceful_timeout = 10
# How long a connection may wait for its next request, and how long a request's head may take;
# 0 would mean: for ever.
keepalive = 5

# Our longest address is far shorter, no client of ours sends so many headers, and a header must
# hold a session cookie and a signature.
limit_request_line = 4094
limit_request_fields = 64
limit_request_field_size = 8190

# No header may set what the server alone knows.  Whether a proxy is believed is decided in one
# place, by TRUSTED_PROXIES (service/guard/address.py); gunicorn would believe each local one.
forwarder_headers = ""
forwarded_allow_ips = ""
secure_scheme_headers: dict[str, str] = {}
# `X_API_KEY` and `X-API-KEY` would be the same to the app: such a request is refused.
header_map = "refuse"
# On a gevent worker gunicorn's HTTP/2 serves one stream at a time; HTTP/2 is for the proxy.
http_protocols = "h1"

# A door into the running service that nobody needs; systemd and signals do.
control_socket_disable = True

# Gunicorn's own messages go into the service's log; its access lines would show query strings, so
# the service writes its own.
logger_class = "service.observability.gunicorn_log.GunicornLogger"
loglevel = _settings.log_level
accesslog = None
