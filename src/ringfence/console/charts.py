"""Charts in the colours of the theme. Colours are read from the style sheet in the browser, once per drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from nicegui import events, ui

from ringfence.console.widgets import SEVERITY_WORDS
from ringfence.core.i18n import Translate
from ringfence.core.severity import Severity
from ringfence.detect import LevelBucket
from ringfence.events.model import Bucket


def levels_chart(buckets: Sequence[LevelBucket], tr: Translate) -> ui.echart:
    """Place alerts over time, stacked by level, the worst at the bottom where bars can be compared."""
    series: list[dict[str, Any]] = [
        {
            "name": tr(SEVERITY_WORDS[level.value]),
            "type": "bar",
            "stack": "alerts",
            "barCategoryGap": "18%",
            ":itemStyle": f"({{color: rf.css('--{level.value}')}})",
            "data": [[bucket.start // 1000, bucket.counts[level]] for bucket in buckets],
        }
        for level in reversed(Severity)
    ]
    options = _frame(buckets[0].start, _end([bucket.start for bucket in buckets]), top=34)
    options |= {
        "series": series,
        "legend": {
            "type": "scroll",
            "top": 0,
            "left": 0,
            "itemWidth": 12,
            "itemHeight": 12,
            "itemGap": 16,
            ":textStyle": _TEXT,
        },
    }
    return ui.echart(options).classes("chart")


def histogram_chart(buckets: Sequence[Bucket], label: str, on_pick: Callable[[int, int], None]) -> ui.echart:
    """Place events over time. A click on a bar, or a span drawn with the mouse, calls `on_pick(start, end)` (µs)."""
    options = _frame(buckets[0].start, _end([bucket.start for bucket in buckets]), top=10)
    options |= {
        "brush": {"xAxisIndex": 0, "brushType": "lineX", "brushMode": "single", "toolbox": [],
                  ":brushStyle": "({color: rf.css('--accent-soft'), borderColor: rf.css('--accent'), opacity: .6})"},
        "toolbox": {"show": False},
        "series": [{
            "name": label,
            "type": "bar",
            "barCategoryGap": "10%",
            "cursor": "pointer",
            ":itemStyle": "({color: rf.css('--accent'), borderRadius: [2, 2, 0, 0]})",
            "data": [[bucket.start // 1000, bucket.count] for bucket in buckets],
        }],
    }  # fmt: skip
    chart = ui.echart(options).classes("chart small")
    width = buckets[1].start - buckets[0].start if len(buckets) > 1 else 60_000_000

    def click(event: events.EChartPointClickEventArguments) -> None:
        start = int(_pair(event.data)[0]) * 1000
        on_pick(start, start + width)

    def brush(event: events.GenericEventArguments) -> None:
        areas = event.args.get("areas") or []
        if areas and areas[0].get("coordRange"):
            low, high = areas[0]["coordRange"]
            on_pick(int(low) * 1000, int(high) * 1000)

    chart.on_point_click(click)
    chart.on("chart:brushEnd", brush, ["areas"])
    # The brush works only after this is said once; a span can then be drawn at any time.
    chart.run_chart_method("dispatchAction", {
        "type": "takeGlobalCursor", "key": "brush", "brushOption": {"brushType": "lineX", "brushMode": "single"},
    })  # fmt: skip
    return chart


def _pair(data: object) -> list[float]:
    return cast("list[float]", data)


_TEXT = "({color: rf.css('--text-2'), fontSize: 12, fontFamily: rf.css('--sans')})"
_LINE = "({lineStyle: {color: rf.css('--line')}})"


def _frame(start: int, end: int, *, top: int) -> dict[str, Any]:
    return {
        "animation": False,
        "grid": {"left": 4, "right": 12, "top": top, "bottom": 4, "containLabel": True},
        "xAxis": {
            "type": "time",
            "min": start // 1000,
            "max": end // 1000,
            ":axisLabel": f"({{...{_TEXT}, hideOverlap: true}})",
            ":axisLine": _LINE,
            ":axisTick": _LINE,
            "splitLine": {"show": False},
        },
        "yAxis": {
            "type": "value",
            "minInterval": 1,
            ":axisLabel": _TEXT,
            "axisLine": {"show": False},
            "axisTick": {"show": False},
            ":splitLine": _LINE,
            "splitNumber": 3,
        },
        "tooltip": {
            "trigger": "axis",
            ":axisPointer": "({type: 'shadow', shadowStyle: {color: rf.css('--line'), opacity: .35}})",
            ":backgroundColor": "rf.css('--surface')",
            ":borderColor": "rf.css('--line-strong')",
            ":textStyle": "({color: rf.css('--text'), fontSize: 12, fontFamily: rf.css('--sans')})",
            ":formatter": "rf.chartTip",
            "confine": True,
        },
    }


def _end(starts: Sequence[int]) -> int:
    width = starts[1] - starts[0] if len(starts) > 1 else 60_000_000
    return starts[-1] + width
