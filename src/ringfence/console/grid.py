"""A grid whose rows come page by page from a JSON endpoint: ten thousand rows cost no more than a hundred."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from ringfence.console.session import Visit

PAGE_ROWS = 100
ROW_HEIGHT = 44
CARD_HEIGHT = 104


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `cell` is a JavaScript expression that gives a cell renderer (they make text nodes only)."""

    field: str
    title: str
    cell: str
    width: int = 120
    flex: float = 0
    sort: tuple[str, ...] = ()
    kind: str = "text"


def grid(
    visit: Visit,
    name: str,
    url: str,
    columns: list[Column],
    *,
    open_at: str = "",
    card: Column | None = None,
    pick: bool = False,
) -> ui.aggrid:
    """Place the grid. `open_at`: prefix of the page that a row opens. `card`: the one column of a narrow screen.

    `pick`: rows can be ticked; their ids go into the form with `data-bulk=name`.

    The endpoint gets offset, limit, sort and order, and answers `{"rows": [{"id": ...}], "total": n}`.
    """
    wide = [_definition(column) for column in columns]
    narrow = [_definition(card) | {"flex": 1, "autoHeight": False}] if card else wide
    options: dict[str, Any] = {
        "rowModelType": "infinite",
        "cacheBlockSize": PAGE_ROWS,
        "maxBlocksInCache": 50,
        "infiniteInitialRowCount": 1,
        "headerHeight": 40,
        ":rowHeight": f"rf.wide() ? {ROW_HEIGHT} : {CARD_HEIGHT if card else ROW_HEIGHT}",
        ":columnDefs": f"rf.wide() ? rf.columns({json.dumps(wide)}) : rf.columns({json.dumps(narrow)})",
        ":getRowId": "(p) => String(p.data.id)",
        ":datasource": f"rf.source({json.dumps(url)}, {json.dumps(name)})",
        "suppressCellFocus": False,
        "suppressDragLeaveHidesColumns": True,
        "localeText": {"noRowsToShow": visit.tr("Nothing here"), "loadingOoo": visit.tr("Loading …")},
    }
    if pick:
        options["rowSelection"] = {"mode": "multiRow", "headerCheckbox": False, "enableClickSelection": False}
        options["selectionColumnDef"] = {"width": 44, "maxWidth": 44, "resizable": False}
        options[":onSelectionChanged"] = f"rf.picked({json.dumps(name)})"
        options[":onGridReady"] = f"rf.pickable({json.dumps(name)})"
    if open_at:
        options[":onRowClicked"] = f"rf.open({json.dumps(open_at)})"
        options[":onCellKeyDown"] = f"rf.enter({json.dumps(open_at)})"
    else:
        options[":onCellKeyDown"] = "(p) => { if (p.event?.key === 'Enter') p.event.target.click(); }"
    element = ui.aggrid(options, auto_size_columns=False).classes("rf-grid").props(f"data-grid={name}")
    ui.element("div").classes("gridnote").props(f"id={name}-note role=status")
    return element


def _definition(column: Column) -> dict[str, Any]:
    definition: dict[str, Any] = {
        "field": column.field,
        "headerName": column.title,
        "renderer": column.cell,
        "sortable": bool(column.sort),
        "sortingOrder": [*column.sort, None],
        "minWidth": min(column.width, 90),
        "resizable": True,
        "suppressMovable": True,
    }
    definition |= {"flex": column.flex, "minWidth": column.width} if column.flex else {"width": column.width}
    if column.kind == "number":
        definition["type"] = "rightAligned"
    return definition
