"""The native threads and queue, whatever gevent has patched.

Those of gevent would wait on a hub, and a thread that uses SQLite has none.
"""

from collections.abc import Callable
from typing import Any

from gevent.monkey import get_original

start_new_thread: Callable[..., int] = get_original("_thread", "start_new_thread")
SimpleQueue: Callable[[], Any] = get_original("queue", "SimpleQueue")
Empty: type[Exception] = get_original("queue", "Empty")
