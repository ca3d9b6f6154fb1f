"""Figures for Prometheus, read by its own parser."""

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.observability.metrics import Metrics


def samples(metrics: Metrics) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(metrics.text().decode())
        for sample in family.samples
    }


def test_requests_are_counted_by_method_route_and_status() -> None:
    metrics = Metrics()
    for _ in range(3):
        metrics.served("GET", "/a/<id>", 200, 0.02, stream=False)
    metrics.served("BREW", "unknown", 405, 0.02, stream=False)
    found = samples(metrics)
    labels = (("method", "GET"), ("route", "/a/<id>"), ("status", "200"))
    assert found["agented_requests_total", labels] == 3
    labels = (("method", "OTHER"), ("route", "unknown"), ("status", "405"))
    assert found["agented_requests_total", labels] == 1


@pytest.mark.parametrize(
    ("seconds", "least"), [(0.001, "0.005"), (0.005, "0.005"), (0.3, "0.5"), (99.0, "+Inf")]
)
def test_times_fall_into_their_bucket(seconds: float, least: str) -> None:
    metrics = Metrics()
    metrics.served("GET", "/a", 200, seconds, stream=False)
    name = "agented_request_duration_seconds"
    found = samples(metrics)
    full = [key[1][0][1] for key, value in found.items() if key[0] == f"{name}_bucket" and value]
    assert full[0] == least
    assert found[f"{name}_count", (("route", "/a"),)] == 1
    assert found[f"{name}_sum", (("route", "/a"),)] == pytest.approx(seconds)


def test_a_stream_is_counted_but_its_time_is_not() -> None:
    metrics = Metrics()
    metrics.served("GET", "/s", 200, 500.0, stream=True)
    assert not [name for name, _ in samples(metrics) if name.startswith("agented_request_duration")]


def test_figures_are_asked_for_when_somebody_reads() -> None:
    metrics = Metrics()
    number = iter((1.0, 2.0))
    metrics.watch("agented_waiting", "Waiting.", lambda: next(number))
    metrics.count("agented_lost", "Lost.", 2)
    assert samples(metrics)["agented_waiting", ()] == 1
    found = samples(metrics)
    assert found["agented_waiting", ()] == 2
    assert found["agented_lost_total", ()] == 2
