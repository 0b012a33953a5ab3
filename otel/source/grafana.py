"""From a short list of rows and panels to the JSON that Grafana imports.

Expressions know four short forms: <M> matches the namespaces and models that are picked, <P> the
pods as well (<P,le="1.0"> adds a matcher), <R> is the range of a rate. <OURS> keeps, of metrics
that every Java or HTTP process has, those of the pods that are picked.
"""
import json
import re
from collections import namedtuple

Row = namedtuple("Row", "title")
# kind: timeseries, stat or heatmap. queries: (expression, legend) pairs.
Panel = namedtuple("Panel", "title unit help queries kind width", defaults=["timeseries", 8])
Dashboard = namedtuple("Dashboard", "name title description variables panels")

PICKED = {"M": 'namespace=~"$namespace", model_name=~"$model"',
          "P": 'namespace=~"$namespace", model_name=~"$model", pod=~"$pod"'}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
HEIGHT = 8
GRID = 24

VARIABLES = {
    "namespace": "label_values(vllm:num_requests_running, namespace)",
    "model": 'label_values(vllm:num_requests_running{namespace=~"$namespace"}, model_name)',
    "pod": f"label_values(vllm:num_requests_running{{{PICKED['M']}}}, pod)",
}


def expand(expression):
    text = expression.replace("<OURS>", "and on (job, instance) vllm:num_requests_running<P>")
    text = text.replace("<R>", "[$__rate_interval]")
    return re.sub(r"<([MP])(?:,\s*([^>]*))?>", lambda m: "{" + PICKED[m[1]] + (
        ", " + m[2] if m[2] else "") + "}", text)


def quantiles(histogram, by="", *levels):
    """Queries of a histogram's quantiles."""
    group, legend = (f"{by}, le", f"{{{{{by}}}}} ") if by else ("le", "")
    return [(f"histogram_quantile({q}, sum by ({group}) (rate({histogram}_bucket<P><R>)))",
             f"{legend}p{q * 100:g}") for q in levels]


def mean(histogram):
    return f"sum(rate({histogram}_sum<P><R>)) / sum(rate({histogram}_count<P><R>))"


def heatmap(title, unit, help_, histogram):
    query = f"sum by (le) (increase({histogram}_bucket<P><R>))"
    return Panel(title, unit, help_, [(query, "{{le}}")], "heatmap")


def variable(name, query):
    return {"name": name, "type": "query", "datasource": DATASOURCE, "definition": query,
            "query": {"query": query, "refId": name}, "refresh": 2, "sort": 1, "multi": True,
            "includeAll": True, "allValue": ".*",
            "current": {"selected": True, "text": ["All"], "value": ["$__all"]}}


def target(panel, index):
    expression, legend = panel.queries[index]
    return {"refId": chr(ord("A") + index), "datasource": DATASOURCE, "expr": expand(expression),
            "legendFormat": legend, "range": panel.kind != "stat", "instant": panel.kind == "stat",
            "format": "heatmap" if panel.kind == "heatmap" else "time_series"}


def panel_json(panel, number, x, y):
    out = {"id": number, "type": panel.kind, "title": panel.title, "description": panel.help,
           "datasource": DATASOURCE, "gridPos": {"h": HEIGHT, "w": panel.width, "x": x, "y": y},
           "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
           "targets": [target(panel, i) for i in range(len(panel.queries))]}
    if panel.kind == "timeseries":
        out["fieldConfig"]["defaults"]["custom"] = {"fillOpacity": 10, "showPoints": "never"}
        legend = {"displayMode": "list", "placement": "bottom", "showLegend": True}
        out["options"] = {"legend": legend, "tooltip": {"mode": "multi", "sort": "desc"}}
    elif panel.kind == "heatmap":
        out["options"] = {"calculate": False, "yAxis": {"unit": panel.unit},
                          "color": {"mode": "scheme", "scheme": "Blues", "steps": 64}}
    else:
        out["options"] = {"reduceOptions": {"calcs": ["lastNotNull"]}, "graphMode": "area"}
    return out


def layout(panels):
    """Places panels from left to right, a new line where one does not fit."""
    out, x, y = [], 0, 0
    for number, panel in enumerate(panels, 1):
        if isinstance(panel, Row):
            y, x = (y + HEIGHT if x else y), 0
            out.append({"id": number, "type": "row", "title": panel.title, "collapsed": False,
                        "gridPos": {"h": 1, "w": GRID, "x": 0, "y": y}, "panels": []})
            y += 1
            continue
        if x + panel.width > GRID:
            x, y = 0, y + HEIGHT
        out.append(panel_json(panel, number, x, y))
        x += panel.width
    return out


def render(dashboard):
    """The JSON text of a dashboard."""
    variables = [{"name": "datasource", "label": "Data source", "type": "datasource",
                  "query": "prometheus", "refresh": 1}]
    variables += [variable(name, VARIABLES[name]) for name in dashboard.variables]
    link = {"type": "dashboards", "title": "Gatun", "tags": ["gatun"], "asDropdown": True,
            "includeVars": True, "keepTime": True}
    return json.dumps({
        "uid": f"gatun-{dashboard.name}", "title": dashboard.title, "tags": ["gatun"],
        "description": dashboard.description, "schemaVersion": 39, "editable": True,
        "refresh": "30s", "time": {"from": "now-1h", "to": "now"}, "timezone": "browser",
        "graphTooltip": 1, "links": [link], "annotations": {"list": []},
        "templating": {"list": variables}, "panels": layout(dashboard.panels)}, indent=1) + "\n"
