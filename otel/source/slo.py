"""Service levels: the one place where an operator changes a threshold or an objective.

make.py makes rules and the SLO dashboard from this table. A latency threshold must be a bucket
bound of its histogram, written as the exposition writes it (2.5, 1.0, 0.1).
"""
import textwrap
from collections import namedtuple

# objective: the part of requests (or gaps) that has to be good; threshold: up to where it is.
Slo = namedtuple("Slo", "key name title histogram threshold objective noun action")

SLOS = [
    Slo("ttft", "Ttft", "Time to first token", "vllm:time_to_first_token_seconds", "2.5", 0.99,
        "first tokens came later than 2.5 s",
        "Compare queue time with prefill time: a long queue asks for more pods, a long prefill for "
        "prefix caching, shorter prompts or a faster device."),
    Slo("itl", "Itl", "Inter-token latency", "vllm:inter_token_latency_seconds", "0.1", 0.99,
        "gaps between tokens were over 0.1 s",
        "Steps take too long: too many sequences in a batch (--max-num-seqs), or long prompts "
        "between decodes (--max-num-batched-tokens)."),
    Slo("failures", "Failures", "Failures and refusals", None, None, 0.995,
        "requests failed or were refused",
        "vllm:request_success_total by finished_reason and vllm:admission_rejections_total by "
        "reason tell errors from overload; the log names each error."),
]

WINDOWS = ["5m", "30m", "1h", "6h", "3d"]

# Budget of 30 days burnt: 2 % in an hour, 5 % in six hours (page), 10 % in three days (ticket).
# Below this rate one slow request would be a page.
MIN_REQUESTS_PER_SECOND = 0.01

GROUPED = "sum by (namespace, model_name)"


def ratio(slo, window):
    """Expression of the part that was not good."""
    if slo.histogram is None:
        finished = f"{GROUPED} (rate(vllm:request_success_total[{window}]))"
        error = 'vllm:request_success_total{finished_reason="error"}'
        errors = f"{GROUPED} (rate({error}[{window}]))"
        refused = f"{GROUPED} (rate(vllm:admission_rejections_total[{window}]))"
        return [f"({errors}", f"  + {refused})", f"/ ({finished}", f"  + {refused})"]
    good = f'{GROUPED} (rate({slo.histogram}_bucket{{le="{slo.threshold}"}}[{window}]))'
    return ["1 -", good, f"/ {GROUPED} (rate({slo.histogram}_count[{window}]))"]


def record(slo, window):
    return f"model:gatun_{slo.key}_bad:ratio_rate{window}"


def burn(slo, factor, long, short):
    limit = f"{factor * (1 - slo.objective):.6g}"
    return [f"({record(slo, long)} > {limit}", f"  and {record(slo, short)} > {limit})"]


def alert(slo, name, severity, terms, hold, summary):
    lines = [f"- alert: Gatun{slo.name}{name}", "  expr: |",
             f"    ({terms[0][0]}", f"     {terms[0][1]}"]
    for term in terms[1:]:
        lines += [f"    or {term[0]}", f"     {term[1]}"]
    lines[-1] += ")"
    lines += [f"    and model:gatun_requests_offered:rate{hold} > {MIN_REQUESTS_PER_SECOND}",
              "  labels:", f"    severity: {severity}", f"    slo: {slo.key}", "  annotations:",
              f"    summary: '{{{{ $labels.model_name }}}}: {summary}'",
              "    description: >-",
              f"      {{{{ $value | humanizePercentage }}}} of {slo.noun}"
              f" (objective {slo.objective * 100:g} % good)."]
    return lines + textwrap.wrap(slo.action, 90, initial_indent=" " * 6,
                                 subsequent_indent=" " * 6, break_on_hyphens=False)


def rules():
    """Text of the rule file."""
    out = ["# Made by make.py from source/slo.py: change it there. Recording rules give the part",
           "# of each model's requests that missed a service level, over several windows; the",
           "# alerts fire when a budget of 30 days burns too fast in a long and in a short window.",
           "groups:", "- name: gatun-slo", "  interval: 30s", "  rules:"]
    rows = []
    for window in ["1h", "6h"]:
        rows += [f"- record: model:gatun_requests_offered:rate{window}", "  expr: |",
                 f"    {GROUPED} (rate(vllm:request_success_total[{window}]))",
                 f"      + {GROUPED} (rate(vllm:admission_rejections_total[{window}]))"]
    for slo in SLOS:
        for window in WINDOWS:
            rows += [f"- record: {record(slo, window)}", "  expr: |"]
            rows += [f"    {line}" for line in ratio(slo, window)]
    for slo in SLOS:
        rows += alert(slo, "BurnFast", "page",
                      [burn(slo, 14.4, "1h", "5m"), burn(slo, 6, "6h", "30m")], "1h",
                      "error budget of a month gone in five days")
        rows += alert(slo, "BurnSlow", "ticket", [burn(slo, 1, "3d", "6h")], "6h",
                      "error budget of a month will not last")
    return "\n".join(out + ["  " + row for row in rows]) + "\n"
