"""The application without a server: its errors, and who is let in."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI, HTTPException
from starlette.types import Message

from statemachine_internal.monitor.app import create_app
from statemachine_internal.monitor.settings import Settings
from unit.monitor.called import call, problem


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return create_app(Settings(database=str(tmp_path / "statemachine.db"), any_user=True))


@pytest.mark.req("H3")
def test_what_is_not_there_is_a_problem(app: FastAPI) -> None:
    assert problem(call(app, "/nothing")) == {"type": "about:blank", "title": "Not Found", "status": 404}


@pytest.mark.req("H3")
def test_a_refusal_keeps_its_detail_and_its_headers(app: FastAPI) -> None:
    @app.get("/refuse")
    def refuse() -> None:
        raise HTTPException(409, "machine 'worker' is paused", headers={"Retry-After": "5"})

    sent = call(app, "/refuse")
    assert (problem(sent)["title"], problem(sent)["detail"]) == ("Conflict", "machine 'worker' is paused")
    assert (b"retry-after", b"5") in sent[0]["headers"]


@pytest.mark.req("H3")
def test_a_wrong_argument_is_a_problem_that_names_it(app: FastAPI) -> None:
    @app.get("/machines/{number}")
    def machine(number: int) -> int:
        return number

    found = problem(call(app, "/machines/many"))
    assert found["status"] == 422
    assert found["detail"].startswith("path.number: ")


@pytest.mark.req("H3")
def test_a_fault_is_raised_for_the_log_and_shown_to_nobody(app: FastAPI) -> None:
    @app.get("/fail")
    def fail() -> None:
        raise RuntimeError("secret")

    seen: list[Message] = []
    with pytest.raises(RuntimeError, match="secret"):
        seen += call(app, "/fail")


@pytest.mark.req("H5")
@pytest.mark.parametrize("hosts", [(), ("localhost", "localhost"), ("localhost", "evil.example")])
def test_a_request_has_one_host(app: FastAPI, hosts: tuple[str, ...]) -> None:
    assert problem(call(app, "/health", hosts=hosts))["status"] == 400


@pytest.mark.req("H5")
def test_a_websocket_under_a_foreign_name_is_closed_before_it_opens(app: FastAPI) -> None:
    (sent,) = call(app, "/ws", hosts=("evil.example",), kind="websocket")
    assert (sent["type"], sent["code"]) == ("websocket.close", 1008)


@pytest.mark.req("H3")
def test_the_description_names_every_path_and_every_answer(app: FastAPI) -> None:
    described = app.openapi()["paths"]["/health"]["get"]
    assert set(described["responses"]) == {"200", "503"}
    assert all("$ref" in each["content"]["application/json"]["schema"] for each in described["responses"].values())


@pytest.mark.req("H4")
@pytest.mark.parametrize("path", ["/docs", "/redoc"])
def test_no_page_loads_scripts_from_elsewhere(app: FastAPI, path: str) -> None:
    assert problem(call(app, path))["status"] == 404
