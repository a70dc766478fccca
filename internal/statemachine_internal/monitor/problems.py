"""Errors as ``application/problem+json`` (RFC 9457)."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from statemachine_internal.errors import StateMachineError, StoreError, StoreRefused, UsageError
from statemachine_internal.store.connection import NoDatabase

from .described import CONFLICT, NOT_FOUND, TOO_LARGE, UNAVAILABLE, UNPROCESSABLE, AsciiJson

_BY_CODE = {
    "unknown_machine": NOT_FOUND,
    "no_such_job": NOT_FOUND,
    "no_definition": NOT_FOUND,
    "payload_too_large": TOO_LARGE,
}


class ProblemResponse(AsciiJson):
    """A problem's JSON."""

    media_type = "application/problem+json"


def problem(status: int, detail: str | None = None, headers: Mapping[str, str] | None = None) -> ProblemResponse:
    """A problem that its status says all about, with what to do instead in ``detail``."""
    title = HTTPStatus(status).phrase
    body: dict[str, object] = {"type": "about:blank", "title": title, "status": status}
    if detail is not None and detail != title:
        body["detail"] = detail
    return ProblemResponse(body, status, dict(headers) if headers else None)


def add_problem_handlers(app: FastAPI) -> None:
    """Every error of the application becomes a problem; one that nobody foresaw is logged, and shown to nobody."""

    @app.exception_handler(HTTPException)
    async def refused(_: Request, error: HTTPException) -> ProblemResponse:
        return problem(error.status_code, error.detail, error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> ProblemResponse:
        where = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()]
        return problem(UNPROCESSABLE, "; ".join(where))

    @app.exception_handler(StateMachineError)
    async def not_done(_: Request, error: StateMachineError) -> ProblemResponse:
        return problem(_status_of(error), str(error))

    @app.exception_handler(Exception)
    async def failed(_: Request, __: Exception) -> ProblemResponse:
        return problem(500, "the monitor's log has the traceback")


def _status_of(error: StateMachineError) -> int:
    if error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if isinstance(error, UsageError):
        return UNPROCESSABLE
    if isinstance(error, NoDatabase):
        return NOT_FOUND
    if isinstance(error, StoreError) and not isinstance(error, StoreRefused):
        return UNAVAILABLE
    return CONFLICT
