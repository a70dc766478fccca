"""The application: its paths and its middleware."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from fastapi import FastAPI, Response

from statemachine_internal.feed.follow import Follower
from statemachine_internal.version import VERSION

from .access import Access
from .browser_headers import BrowserHeaders
from .described import UNAVAILABLE, AsciiJson
from .heads import Heads
from .health import Health, examine
from .hosts import HostCheck
from .problems import add_problem_handlers
from .routes.diagrams import diagram_routes
from .routes.events import event_routes
from .routes.feed import feed_routes
from .routes.jobs import job_routes
from .routes.machines import machine_routes
from .routes.metrics import metric_routes
from .routes.orders import order_routes
from .routes.pages import page_routes
from .routes.streams import stream_routes
from .routes.wishes import wish_routes
from .settings import Settings
from .station import Station
from .ui_hub import Hub

ROUTES = (
    machine_routes, wish_routes, feed_routes, job_routes, event_routes, order_routes, diagram_routes, metric_routes,
)  # fmt: skip


def create_app(settings: Settings, follower: Follower | None = None) -> FastAPI:
    """The monitor's application, for one database. Its readers work from the start of its lifespan to the end.

    ``follower`` is where the feed's rings arrive, and is closed at the end.
    """
    # The usual pages of documentation load their scripts from a CDN; the description itself is served.
    app = FastAPI(
        title="statemachine monitor",
        version=VERSION,
        docs_url=None,
        redoc_url=None,
        default_response_class=AsciiJson,
    )
    station = Station(settings, follower)
    hub = Hub(station)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        station.start()
        try:
            yield
        finally:
            hub.close()
            station.close()

    app.router.lifespan_context = lifespan
    # The last one that is added is asked first.
    app.add_middleware(Heads)
    app.add_middleware(Access, settings=settings)
    app.add_middleware(HostCheck, any_name=settings.token is not None)
    app.add_middleware(BrowserHeaders)
    add_problem_handlers(app)

    # No coroutine: it reads a file, so that FastAPI runs it in a thread, and a slow disk holds nobody else up.
    @app.get("/health", response_model=Health, responses={UNAVAILABLE: {"model": Health}})
    def health(response: Response) -> Health:
        """Whether the monitor can do its work: 200, or 503 while the database can't be read."""
        found = examine(settings.database)
        if found.status == "degraded":
            response.status_code = UNAVAILABLE
        return found

    for routes in ROUTES:
        app.include_router(routes(station))
    app.include_router(page_routes())
    app.include_router(stream_routes(station, hub))
    return app
