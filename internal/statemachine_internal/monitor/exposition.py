"""Prometheus' text format, version 0.0.4."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

CONTENT_TYPE = "text/plain; version=0.0.4"  # starlette adds the charset, UTF-8

Labels = Mapping[str, str]


class Kind(Enum):
    """What a number of the metric means."""

    COUNTER = "counter"  # grows, and begins anew with the process
    GAUGE = "gauge"  # how it is now
    HISTOGRAM = "histogram"  # how many were at most so much


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A metric's name, kind, help and the names of its labels."""

    name: str
    kind: Kind
    help: str
    labels: tuple[str, ...] = ()


class Histogram:
    """Counts values by upper bounds."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def add(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.sum += value


class Exposition:
    """Collects the lines of a scrape."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def begin(self, metric: Metric) -> None:
        """The lines that follow are of this metric."""
        self._lines.append(f"# HELP {metric.name} {metric.help}")
        self._lines.append(f"# TYPE {metric.name} {metric.kind.value}")

    def sample(self, name: str, value: float, labels: Labels | None = None) -> None:
        self._lines.append(f"{name}{_shown(labels)} {_number(value)}")

    def histogram(self, metric: Metric, histogram: Histogram, labels: Labels | None = None) -> None:
        total = 0
        for bound, count in zip((*histogram.bounds, float("inf")), histogram.counts, strict=True):
            total += count
            self.sample(f"{metric.name}_bucket", total, {**(labels or {}), "le": _number(bound)})
        self.sample(f"{metric.name}_sum", histogram.sum, labels)
        self.sample(f"{metric.name}_count", total, labels)

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"


def _number(value: float) -> str:
    if value == float("inf"):
        return "+Inf"
    return str(int(value)) if value == int(value) and abs(value) < 2**53 else repr(float(value))


def _shown(labels: Labels | None) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    text = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return text.encode("utf-8", "replace").decode("utf-8")
