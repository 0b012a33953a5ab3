#!/usr/bin/env python3
"""Writes the generated files of this folder: rules, dashboards, and resources made of others.

usage: make.py [--check]      --check writes nothing and fails where a file is not what it would be
Needs nothing but Python 3.9.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "source"))
sys.dont_write_bytecode = True

import dashboards  # noqa: E402
import grafana  # noqa: E402
import slo  # noqa: E402

RULES = ["load", "slo", "alerts"]


def read(name):
    with open(os.path.join(HERE, name), encoding="utf-8") as f:
        return f.read()


def prometheus_rule(texts):
    """The same groups as a resource of the Prometheus operator."""
    out = ["# Made by make.py from rules/: change them there.",
           "apiVersion: monitoring.coreos.com/v1", "kind: PrometheusRule", "metadata:",
           "  name: gatun", "  labels:", "    app.kubernetes.io/name: gatun", "spec:", "  groups:"]
    for text in texts:
        body = text.split("groups:\n", 1)[1]
        out += ["  " + line if line else "" for line in body.rstrip("\n").split("\n")]
    return "\n".join(out) + "\n"


def gateway(text):
    """The collector's configuration as a resource of the OpenTelemetry operator."""
    out = ["# Made by make.py from gateway.yaml: change it there.",
           "apiVersion: opentelemetry.io/v1beta1", "kind: OpenTelemetryCollector", "metadata:",
           "  name: gatun", "  namespace: monitoring", "spec:", "  mode: deployment",
           "  # More than one would scrape every pod more than once.", "  replicas: 1",
           "  image: otel/opentelemetry-collector-contrib:0.158.0",
           "  serviceAccount: gatun-collector", "  resources:", "    requests:",
           "      cpu: 200m", "      memory: 512Mi", "    limits:",
           "      memory: 2Gi", "  config:"]
    body = text[text.index("extensions:\n"):]
    out += ["    " + line if line else "" for line in body.rstrip("\n").split("\n")]
    return "\n".join(out) + "\n"


def files():
    texts = {name: read(f"prometheus/rules/{name}.yml") for name in RULES if name != "slo"}
    texts["slo"] = slo.rules()
    made = {"prometheus/rules/slo.yml": texts["slo"],
            "prometheus/prometheusrule.yaml": prometheus_rule([texts[name] for name in RULES]),
            "collector/gateway-cr.yaml": gateway(read("collector/gateway.yaml"))}
    for dashboard in dashboards.DASHBOARDS:
        made[f"grafana/{dashboard.name}.json"] = grafana.render(dashboard)
    return made


def main():
    if sys.argv[1:] not in ([], ["--check"]):
        sys.exit(__doc__)
    stale = []
    for name, text in files().items():
        path = os.path.join(HERE, name)
        if os.path.exists(path) and read(name) == text:
            continue
        stale.append(name)
        if not sys.argv[1:]:
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            print("wrote", name)
    if stale and sys.argv[1:]:
        sys.exit("not what make.py would write: " + ", ".join(stale))


if __name__ == "__main__":
    main()
