"""Any request to any path of the API's description is answered, and never with a fault of the monitor's own."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Message

from statemachine_internal.monitor.app import create_app
from statemachine_internal.monitor.settings import Settings
from statemachine_internal.store.job_protocol import NewJob
from statemachine_internal.store.protocol import EventStatus, MachineStatus, NewEvent, Place, Process
from statemachine_internal.store.sqlite import SqliteStore

TEXTS = st.one_of(
    st.text(max_size=30),
    st.text(st.characters(), max_size=4),
    st.sampled_from(
        ["a", "lamp", "0", "-1", "9223372036854775808", "2026-01-01", "../x", "%00", "error", "pending", ""]
    ),
    st.integers().map(str),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.just("\ud800")),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    path = str(tmp_path / "statemachine.db")
    monkeypatch.setenv("STATEMACHINE_DATABASE", path)
    monkeypatch.setenv("STATEMACHINE_RUNTIME_DIR", str(tmp_path))
    store = SqliteStore(path)
    place = Place(state="off", status=MachineStatus.STOPPED, entry=1, via="", list_start=0, cursor=0, list_end=0)
    with store.transaction():
        store.create(
            "lamp",
            place,
            digest="x",
            config_type="toggle",
            control_path=None,
            process=Process(pid=1, boot_id=""),
            now=1,
        )
        store.append("lamp", "state_change", '{"from": "", "to": "off", "event": "start", "entry": 1}', 1)
        store.accept(NewEvent(target="lamp", type="flip", payload='{"a": "\\ud800"}'), EventStatus.PENDING, 1)
        store.jobs.add(NewJob(id="a", type="t"), 1)
    store.close()
    return create_app(Settings(database=path, any_user=True))


def described(app: FastAPI) -> list[tuple[str, str, list[str], list[str], list[str]]]:
    """Method, path, its parameters in the path and in the query, and the fields of its body."""
    found = []
    document = app.openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            parameters = operation.get("parameters", [])
            body = json.dumps(operation.get("requestBody", {}))
            fields = [
                name
                for schema, shape in document["components"]["schemas"].items()
                if f'/{schema}"' in body
                for name in shape["properties"]
            ]
            where = {place: [each["name"] for each in parameters if each["in"] == place] for place in ("path", "query")}
            found.append((method.upper(), path, where["path"], where["query"], fields))
    return found


def answered(app: FastAPI, method: str, target: str, body: bytes) -> list[Message]:
    path, _, query = target.partition("?")
    sent: list[Message] = []

    async def run() -> None:
        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        scope: dict[str, Any] = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode("utf-8", "replace"),
            "query_string": query.encode(),
            "root_path": "",
            "client": None,
            "server": ("127.0.0.1", 1),
            "headers": [
                (b"host", b"localhost"),
                (b"content-type", b"application/json"),
                (b"content-length", str(len(body)).encode()),
            ],
        }
        async with app.router.lifespan_context(app):
            await app(scope, receive, send)

    asyncio.run(run())
    return sent


@pytest.mark.req("H3")
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_no_request_is_a_fault(app: FastAPI, data: st.DataObject) -> None:
    method, path, in_path, in_query, fields = data.draw(st.sampled_from(described(app)))
    for name in in_path:
        path = path.replace(f"{{{name}}}", quote(data.draw(TEXTS), safe=""))
        path = path.replace("%2F", "/").replace("%00", "\0")
    asked = {name: data.draw(TEXTS) for name in in_query if data.draw(st.booleans())}
    body = b""
    if method == "POST" and data.draw(st.integers(0, 9)):
        chosen = {name: data.draw(st.one_of(TEXTS, VALUES)) for name in fields if data.draw(st.booleans())}
        body = json.dumps(data.draw(st.one_of(st.just(chosen), VALUES))).encode()
    sent = answered(app, method, f"{path}?{urlencode(asked, errors='replace')}" if asked else path, body)
    status = sent[0]["status"]
    assert status < 500, (method, path, asked, body)
    if status >= 400:
        assert (b"content-type", b"application/problem+json") in sent[0]["headers"]
