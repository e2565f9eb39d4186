"""``python -m tools.dashboards``: write ops/grafana/dashboards from panels.yml, where what is shown stands in few words.

The form is Grafana 11's (schema 39): bare dashboards, as its provisioning reads them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import attrs
import yaml

GRAFANA = Path(__file__).parents[1] / "ops" / "grafana"
FOLDER = GRAFANA / "dashboards"
SCHEMA = 39
WIDTH = 24
PROMETHEUS = {"type": "prometheus", "uid": "prometheus"}
LOKI = {"type": "loki", "uid": "loki"}
SHOWS_NOW = {"stat", "table"}
"""Kinds of panels that show the present value alone."""
PLATFORM = {
    "name": "platform",
    "label": "Platform",
    "type": "query",
    "datasource": PROMETHEUS,
    "query": {"query": "label_values(crawler_requests_total, platform)", "refId": "platform"},
    "multi": True,
    "includeAll": True,
    "allValue": ".*",
    "current": {"text": ["All"], "value": ["$__all"]},
    "refresh": 2,
    "sort": 1,
}
CRITICAL = {
    "name": "Critical alerts",
    "datasource": PROMETHEUS,
    "enable": True,
    "iconColor": "red",
    "expr": 'ALERTS{alertstate="firing",severity="critical"}',
}


@attrs.frozen(kw_only=True)
class Panel:
    """One panel of panels.yml: its title, how it is drawn, and its queries by the names of their series."""

    title: str
    queries: Mapping[str, str]
    kind: str = "timeseries"
    unit: str = "short"
    width: int = 12
    height: int = 8
    colours: Mapping[float, str] = attrs.field(factory=lambda: {0: "green"})
    """From a value on; what is below the first has its colour too."""
    limits: tuple[float, float] | None = None
    stacked: bool = False
    about: str = ""

    def dump(self, number: int, x: int, y: int) -> dict[str, Any]:
        """Return it as Grafana reads it."""
        source = LOKI if self.kind == "logs" else PROMETHEUS
        targets = enumerate(self.queries.items())
        panel = {
            "id": number,
            "title": self.title,
            "description": self.about,
            "type": self.kind,
            "datasource": source,
            "gridPos": {"h": self.height, "w": self.width, "x": x, "y": y},
            "targets": [self._target(chr(ord("A") + place), source, *query) for place, query in targets],
            "options": self._options(),
        }
        if self.kind != "logs":
            panel["fieldConfig"] = {"defaults": self._defaults(), "overrides": []}
        return panel

    def _target(self, ref: str, source: dict[str, str], legend: str, expression: str) -> dict[str, Any]:
        target: dict[str, Any] = {"refId": ref, "datasource": source, "expr": expression}
        if self.kind == "logs":
            return target
        now = self.kind in SHOWS_NOW
        form = "table" if self.kind == "table" else "time_series"
        exemplars = not now and "_bucket" in expression
        return {
            **target,
            "legendFormat": legend,
            "format": form,
            "instant": now,
            "range": not now,
            "exemplar": exemplars,
        }

    def _defaults(self) -> dict[str, Any]:
        steps = [
            {"value": value if place else None, "color": colour}
            for place, (value, colour) in enumerate(self.colours.items())
        ]
        defaults: dict[str, Any] = {
            "unit": self.unit,
            "color": {"mode": "palette-classic" if self.kind == "timeseries" else "thresholds"},
            "thresholds": {"mode": "absolute", "steps": steps},
        }
        if self.limits:
            defaults["min"], defaults["max"] = self.limits
        if self.kind == "timeseries":
            defaults["custom"] = {
                "fillOpacity": 30 if self.stacked else 10,
                "lineWidth": 1,
                "showPoints": "never",
                "stacking": {"mode": "normal" if self.stacked else "none"},
                "thresholdsStyle": {"mode": "dashed" if len(steps) > 1 else "off"},
            }
        return defaults

    def _options(self) -> dict[str, Any]:
        match self.kind:
            case "stat":
                return {
                    "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
                    "colorMode": "value",
                }
            case "status-history":
                return {"showValue": "never", "rowHeight": 0.9, "legend": {"showLegend": False}}
            case "logs":
                return {"showTime": True, "wrapLogMessage": True, "sortOrder": "Descending", "enableLogDetails": True}
            case "table":
                return {"showHeader": True}
        legend = {"displayMode": "table", "placement": "right", "calcs": ["lastNotNull", "max"], "showLegend": True}
        return {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}


def dashboard(name: str, panels: list[Panel]) -> dict[str, Any]:
    """Return a dashboard as Grafana's provisioning reads it; its uid stays the same for ever."""
    by_platform = any("$platform" in query for panel in panels for query in panel.queries.values())
    return {
        "uid": f"travelcrawl-{name}",
        "title": f"travelcrawl: {name}",
        "tags": ["travelcrawl"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": False,
        "refresh": "5s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "graphTooltip": 1,
        "templating": {"list": [PLATFORM] if by_platform else []},
        "annotations": {"list": [CRITICAL]},
        "links": [{"type": "dashboards", "tags": ["travelcrawl"], "title": "travelcrawl", "asDropdown": True}],
        "panels": _placed(panels),
    }


def _placed(panels: list[Panel]) -> list[dict[str, Any]]:
    """Return panels from left to right and down."""
    placed = []
    x = y = height = 0
    for number, panel in enumerate(panels, start=1):
        if x + panel.width > WIDTH:
            x, y, height = 0, y + height, 0
        placed.append(panel.dump(number, x, y))
        x, height = x + panel.width, max(height, panel.height)
    return placed


def dashboards() -> dict[Path, str]:
    """Return what each file has to hold."""
    said = yaml.safe_load((GRAFANA / "panels.yml").read_text(encoding="utf-8"))
    files = {}
    for name, panels in said["dashboards"].items():
        read = [
            Panel(**{**one, **({"colours": said["colours"][one["colours"]]} if "colours" in one else {})})
            for one in panels
        ]
        files[FOLDER / f"{name}.json"] = json.dumps(dashboard(name, read), indent=2, ensure_ascii=False) + "\n"
    return files


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for path, text in dashboards().items():
        path.write_text(text, encoding="utf-8")
