#!/usr/bin/env python3
"""Writes the expectations that Gatun's Jinja interpreter is tested against.

  python tools/jinja-cases/make_cases.py > runtime/model/src/test/resources/jinja_cases.json

Needs jinja2 3.1. Every template of cases.py, and of styles.py, is rendered by Python's Jinja, set
up as Hugging Face transformers sets it up for chat templates.
"""
import datetime
import json
import sys

import jinja2
import jinja2.ext
import jinja2.nodes
import jinja2.sandbox

from cases import CASES
from styles import STYLES

NOW = datetime.datetime(2025, 6, 5, 9, 7, 3)


class Generation(jinja2.ext.Extension):
    """{% generation %}: prints its body."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols]
    )

    def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
        return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def raise_exception(message):
        raise jinja2.exceptions.TemplateError(message)

    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda format: NOW.strftime(format)
    return env


def result(env, template, context):
    try:
        return {"expected": env.from_string(template).render(**context)}
    except Exception as e:  # every kind of failure is an expectation
        return {"error": f"{type(e).__name__}: {e}"}


def main():
    env = environment()
    cases, contexts = [], []
    for group, context, templates in CASES + STYLES:
        if context not in contexts:
            contexts.append(context)
        for template in templates:
            case = {"group": group, "context": contexts.index(context), "template": template}
            case.update(result(env, template, context))
            if " at 0x" not in case.get("expected", ""):  # an address is no expectation
                cases.append(case)
    lines = [",\n".join(json.dumps(x) for x in part) for part in (contexts, cases)]
    print(f'{{"jinja2": "{jinja2.__version__}", "now": "{NOW.isoformat()}",')
    print(f'"contexts": [\n{lines[0]}\n],\n"cases": [\n{lines[1]}\n]}}')
    errors = sum("error" in c for c in cases)
    print(f"{len(cases)} cases, {errors} of them errors", file=sys.stderr)


if __name__ == "__main__":
    main()
