"""Figures of the running service in the text form of Prometheus.

What each request adds is counted in plain dicts, since the client library's own counters cost as
much as a small view; they take their form only when somebody asks.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable
from typing import Final

from prometheus_client import CollectorRegistry, GCCollector, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric

BUCKETS_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """All figures of one app.  Routes, not addresses, are labels: their number is bounded."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, str, int], int] = {}
        self._durations: dict[str, list[float]] = {}
        self._counts: dict[str, int] = {}
        self._helps: dict[str, str] = {}
        self._gauges: dict[str, tuple[str, Callable[[], float]]] = {}
        self._families: list[Callable[[], Metric]] = []
        self.under_way = 0
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)
        GCCollector(registry=self._registry)

    def served(self, method: str, route: str, status: int, seconds: float, *, stream: bool) -> None:
        """Count a request that ended.  How long a stream was open says nothing about speed."""
        label = (method if method in _METHODS else "OTHER", route, status)
        self._requests[label] = self._requests.get(label, 0) + 1
        if stream:
            return
        found = self._durations.get(route)
        if found is None:
            found = self._durations[route] = [0.0] * (len(BUCKETS_S) + 2)
        found[bisect_left(BUCKETS_S, seconds)] += 1
        found[-1] += seconds

    def count(self, name: str, help: str, by: int = 1) -> None:
        """Add to a counter, such as `agented_refused_keys`."""
        self._helps.setdefault(name, help)
        self._counts[name] = self._counts.get(name, 0) + by

    def watch(self, name: str, help: str, value: Callable[[], float]) -> None:
        """Show a figure that is asked for when somebody reads; `value` must not wait."""
        self._gauges[name] = (help, value)

    def watch_many(self, family: Callable[[], Metric]) -> None:
        """Show figures with labels of a bounded number; `family` must not wait."""
        self._families.append(family)

    def text(self) -> bytes:
        """Everything, in the form of CONTENT_TYPE."""
        return generate_latest(self._registry)

    def collect(self) -> Iterable[Metric]:
        """For the library: the figures as its families."""
        yield self._request_family()
        yield self._duration_family()
        for name, (help, value) in self._gauges.items():
            yield GaugeMetricFamily(name, help, value=value())
        for family in self._families:
            yield family()
        for name, total in self._counts.items():
            yield CounterMetricFamily(name, self._helps[name], value=total)
        yield GaugeMetricFamily(
            "agented_requests_under_way", "Requests that have not ended.", value=self.under_way
        )

    def _request_family(self) -> Metric:
        family = CounterMetricFamily(
            "agented_requests", "Requests that ended.", labels=("method", "route", "status")
        )
        for (method, route, status), total in self._requests.items():
            family.add_metric((method, route, str(status)), total)
        return family

    def _duration_family(self) -> Metric:
        family = HistogramMetricFamily(
            "agented_request_duration_seconds",
            "From the request to the end of its answer, streams left out.",
            labels=("route",),
        )
        for route, found in self._durations.items():
            total, buckets = 0.0, []
            for limit, number in zip((*BUCKETS_S, float("inf")), found[:-1], strict=True):
                total += number
                buckets.append(("+Inf" if limit == float("inf") else str(limit), total))
            family.add_metric((route,), buckets, sum_value=found[-1])
        return family
