"""The page of the monitor's API: every path, every type of a row of the feed, and every metric."""

from __future__ import annotations

import re
from typing import Any

import pytest
from starlette.routing import WebSocketRoute

from statemachine_internal.feed.types import ENGINE_TYPES
from statemachine_internal.monitor.app import create_app
from statemachine_internal.monitor.metrics import METRICS
from statemachine_internal.monitor.settings import Settings
from support.workspace import ROOT
from unit.docs.generated import Generated, part, plain, terms

PAGE = "statemachine.http-api.7"


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return create_app(Settings(database=str(tmp_path_factory.mktemp("api") / "statemachine.db")))


@pytest.mark.req("H3")
@pytest.mark.req("J5")
def test_every_path_of_the_api_stands_in_the_page_and_no_other(app: Any, docs: Generated) -> None:
    paths = set(app.openapi()["paths"])
    assert {"/health", "/metrics", "/api/jobs/{id}/retry"} <= paths
    # The description leaves itself and the pages out.
    assert terms(part(docs.page(PAGE), "SH", "PATHS")) == paths | {"/", "/openapi.json"}


@pytest.mark.req("H3")
def test_every_parameter_and_field_of_a_request_stands_in_the_page(app: Any, docs: Generated) -> None:
    text = plain(docs.page(PAGE))
    described = app.openapi()
    operations = [operation for path in described["paths"].values() for operation in path.values()]
    parameters = {p["name"] for operation in operations for p in operation.get("parameters", ())}
    orders = ("EventOrder", "JobToAdd", "JobOrder", "JobsOrder")
    fields = {name for order in orders for name in described["components"]["schemas"][order]["properties"]}
    assert {"before", "level"} <= parameters
    assert "unique_key" in fields
    assert [name for name in sorted(parameters | fields) if name not in text] == []


@pytest.mark.req("H2")
@pytest.mark.req("J5")
def test_every_websocket_and_every_type_of_a_row_stands_in_the_page(app: Any, docs: Generated) -> None:
    section = part(docs.page(PAGE), "SH", "WEBSOCKETS")
    sockets = {route.path for route in _routes(app.routes) if isinstance(route, WebSocketRoute)}
    assert "/ws/ui" in sockets
    assert terms(section) == sockets | ENGINE_TYPES | {"activity_log"}
    for type in ("initial", "ping", "pong", "overflow", "unavailable", "bad_request", "refresh"):
        assert type in plain(section)


def _routes(routes: Any) -> list[Any]:
    """All routes; newer releases of FastAPI keep those of a router together."""
    found = []
    for route in routes:
        inner = getattr(getattr(route, "original_router", None), "routes", None) or getattr(route, "routes", None)
        found += _routes(inner) if inner else [route]
    return found


@pytest.mark.req("H3")
@pytest.mark.req("J5")
def test_every_metric_stands_in_the_page_and_no_other(docs: Generated) -> None:
    section = part(docs.page(PAGE), "SH", "METRICS")
    assert terms(section) == {metric.name for metric in METRICS}
    assert [label for metric in METRICS for label in metric.labels if label not in plain(section)] == []


@pytest.mark.req("H3")
def test_the_metrics_of_the_how_to_are_metrics() -> None:
    names = {metric.name for metric in METRICS}
    page = (ROOT / "docs" / "howto" / "monitoring.md").read_text(encoding="utf-8")
    used = set(re.findall(r"\bstatemachine_[a-z_]+", page))
    assert used
    assert used - names == set()
