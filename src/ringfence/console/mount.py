"""Put the console on a web application."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI, Request
from nicegui import app as toolkit
from nicegui import ui
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send

from ringfence.console.account.page import add_account_page
from ringfence.console.account.sign_in import sign_in_routes
from ringfence.console.alerts.page import add_alert_page
from ringfence.console.alerts.queue import add_queue
from ringfence.console.assets.inventory import add_inventory
from ringfence.console.assets.page import add_asset_page
from ringfence.console.assets.take_in import add_import_page
from ringfence.console.audit.page import add_audit_page
from ringfence.console.guard import SECURITY_HEADERS, Guard
from ringfence.console.incidents.page import add_incident_page
from ringfence.console.incidents.queue import add_incident_queue
from ringfence.console.markup import join, tag
from ringfence.console.overview.page import add_overview
from ringfence.console.people.page import add_people_pages
from ringfence.console.quarantine.page import add_quarantine_page
from ringfence.console.rules.page import add_rules_pages
from ringfence.console.search.page import add_search_page
from ringfence.console.search.sql import add_sql_page
from ringfence.console.services import Services
from ringfence.console.session import tastes_of
from ringfence.console.sources.page import add_sources_page
from ringfence.console.theme import STATIC, STATIC_URL, document, logo
from ringfence.console.tokens.page import add_tokens_page
from ringfence.console.tuning.page import add_tuning_page
from ringfence.console.widgets import empty


class _Assets(StaticFiles):
    """Our scripts and styles. Their address changes with their content, so browsers may keep them for a year."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def kept(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                headers = list(message["headers"])  # pyright: ignore[reportArgumentType]
                message["headers"] = [*headers, (b"cache-control", b"public, max-age=31536000, immutable")]
            await send(message)

        await super().__call__(scope, receive, kept)  # pyright: ignore[reportArgumentType]


def mount_console(app: FastAPI, services: Services) -> None:
    """Serve the console at `/`. Call it after every other route is on `app`: what nothing else takes, it answers."""
    router = APIRouter(include_in_schema=False)
    add_overview(services)
    add_queue(services, router)
    add_alert_page(services, router)
    add_incident_queue(services, router)
    add_incident_page(services, router)
    add_sql_page(services)
    add_search_page(services, router)
    add_quarantine_page(services, router)
    add_rules_pages(services, router)
    add_tuning_page(services, router)
    add_sources_page(services)
    add_account_page(services, router)
    add_inventory(services, router)
    add_import_page(services, router)
    add_asset_page(services, router)
    add_people_pages(services, router)
    add_tokens_page(services, router)
    add_audit_page(services)
    app.include_router(sign_in_routes(services))
    app.include_router(router)
    app.mount(STATIC_URL, _Assets(directory=STATIC), name="console-static")
    toolkit.add_exception_handler(404, _not_found)
    toolkit.add_middleware(Guard, services=services)
    ui.run_with(
        app,
        title="Ringfence",
        favicon=STATIC / "favicon.svg",
        dark=None,
        tailwind=False,
        reconnect_timeout=30.0,
        show_welcome_message=False,
    )


async def _not_found(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException) or "text/html" not in request.headers.get("accept", ""):
        return JSONResponse({"detail": "there is nothing at this address"}, 404)
    tastes = tastes_of(request)
    back = tag("a", tastes.tr("Overview"), href="/", class_="btn")
    lost = empty("search", tastes.tr("There is nothing at this address"), "", back)
    content = join([tag("div", logo(), "Ringfence", class_="logo"), tag("div", lost, class_="card")])
    return HTMLResponse(document(tastes, tastes.tr("Not found"), content), 404, SECURITY_HEADERS)
