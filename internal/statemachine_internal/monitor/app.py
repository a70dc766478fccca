"""The application: its paths and its middleware."""

from __future__ import annotations

from fastapi import FastAPI, Response

from statemachine_internal.version import VERSION

from .health import Health, examine
from .hosts import HostCheck
from .problems import add_problem_handlers
from .settings import Settings

UNAVAILABLE = 503


def create_app(settings: Settings) -> FastAPI:
    """The monitor's application, for one database."""
    # The usual pages of documentation load their scripts from a CDN; the description itself is served.
    app = FastAPI(title="statemachine monitor", version=VERSION, docs_url=None, redoc_url=None)
    app.add_middleware(HostCheck)
    add_problem_handlers(app)

    # No coroutine: it reads a file, so that FastAPI runs it in a thread, and a slow disk holds nobody else up.
    @app.get("/health", response_model=Health, responses={UNAVAILABLE: {"model": Health}})
    def health(response: Response) -> Health:
        """Whether the monitor can do its work: 200, or 503 while the database can't be read."""
        found = examine(settings.database)
        response.headers["Cache-Control"] = "no-store"
        if found.status == "degraded":
            response.status_code = UNAVAILABLE
        return found

    return app
