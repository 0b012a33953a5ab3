"""What the dashboards show; grafana.py says how the short forms expand."""
import slo
from grafana import Dashboard, Panel, Row, heatmap, mean, quantiles

TTFT = "vllm:time_to_first_token_seconds"
ITL = "vllm:inter_token_latency_seconds"

OPERATOR = Dashboard(
    "operator", "Gatun / Operator", "Is it up, is it loaded, what stands in the way.",
    ["namespace", "model", "pod"], [
        Row("Load"),
        Panel("Running", "short", "Requests in the batch.",
              [("sum by (pod) (vllm:num_requests_running<P>)", "{{pod}}")]),
        Panel("Waiting", "short", "Requests that are not running yet, and why.",
              [("sum by (pod, reason) (vllm:num_requests_waiting_by_reason<P>)",
                "{{pod}} {{reason}}")]),
        Panel("Oldest waiting, predicted delay", "s",
              "Age of the oldest request in the queue; how long a new one would wait.",
              [("max by (pod) (gatun:oldest_waiting_seconds<P>)", "{{pod}} oldest"),
               ("max by (pod) (gatun:predicted_queue_delay_seconds<P>)", "{{pod}} predicted")]),
        Panel("Finished", "reqps", "Requests by the reason why they ended.",
              [("sum by (finished_reason) (rate(vllm:request_success_total<P><R>))",
                "{{finished_reason}}")]),
        Panel("Refused", "reqps", "Requests answered with 503, by the bound that was reached.",
              [("sum by (reason) (rate(vllm:admission_rejections_total<P><R>))", "{{reason}}")]),
        Panel("Tokens", "short", "Tokens per second: prompts (cached ones included), and output.",
              [("sum(rate(vllm:prompt_tokens_total<P><R>))", "prompt"),
               ("sum(rate(vllm:generation_tokens_total<P><R>))", "generated")]),
        Row("Latency"),
        Panel("Time to first token", "s", "From arrival to the first token.",
              quantiles(TTFT, "", 0.5, 0.9, 0.99)),
        Panel("Inter-token latency", "s", "Between two steps that gave tokens to a request.",
              quantiles(ITL, "", 0.5, 0.9, 0.99)),
        Panel("Queue time", "s", "From arrival to the first step.",
              quantiles("vllm:request_queue_time_seconds", "", 0.5, 0.99)),
        Row("KV cache"),
        Panel("Blocks in use", "percentunit", "Near 1, requests wait for blocks and are preempted.",
              [("max by (pod) (vllm:kv_cache_usage_perc<P>)", "{{pod}}"),
               ("sum by (pod, tier) (gatun:kv_blocks_used<P>) "
                "/ (sum by (pod, tier) (gatun:kv_blocks<P>) > 0)", "{{pod}} {{tier}}")]),
        Panel("Prefix cache hits", "percentunit", "Prompt tokens that were not computed again.",
              [("sum by (pod) (rate(vllm:prefix_cache_hits_total<P><R>)) "
                "/ sum by (pod) (rate(vllm:prefix_cache_queries_total<P><R>))", "{{pod}}")]),
        Panel("Preemptions", "ops", "Running requests that gave up their blocks.",
              [("sum(rate(vllm:num_preemptions_total<P><R>))", "all"),
               ("sum(rate(gatun:preemptions_recomputed_total<P><R>))", "recomputed"),
               ("sum(rate(gatun:preemptions_swapped_total<P><R>))", "swapped")]),
        Row("Process"),
        Panel("Engine heartbeat", "s", "Time since the engine finished a step or was idle.",
              [("max by (pod) (gatun:engine_heartbeat_age_seconds<P>)", "{{pod}}")]),
        Panel("Start", "s", "How long each phase of the start took.",
              [("max by (pod, phase) (gatun:startup_seconds<P>)", "{{pod}} {{phase}}")]),
        Panel("Loading speed", "Bps", "Bytes of weights per second at the start.",
              [("max by (pod) (gatun:load_bytes_per_second<P>)", "{{pod}}")]),
        Panel("Resident memory", "bytes", "Touched pages of mapped weights are part of it.",
              [("process_resident_memory_bytes <OURS>", "{{pod}}")]),
        Panel("Processors", "short", "CPU seconds per second.",
              [("rate(process_cpu_seconds_total<R>) <OURS>", "{{pod}}")]),
        Panel("Garbage collection", "percentunit", "Part of the time spent in collections.",
              [("sum by (pod, gc) (rate(jvm_gc_collection_seconds_sum<R>) <OURS>)",
                "{{pod}} {{gc}}")]),
        Panel("Restarts", "short", "Starts of the process within an hour.",
              [("changes(process_start_time_seconds[1h]) <OURS>", "{{pod}}")]),
        Panel("Draining", "short", "1 from the signal to stop on.",
              [("max by (pod) (gatun:draining<P>)", "{{pod}}")]),
        Panel("Heap", "bytes", "Of the JVM; KV blocks and weights are outside of it.",
              [('jvm_memory_used_bytes{area="heap"} <OURS>', "{{pod}}")]),
        Row("Transport"),
        Panel("HTTP calls", "reqps", "By status.",
              [("sum by (status) (rate(http_requests_total<R>) <OURS>)", "{{status}}")]),
        Panel("gRPC calls", "reqps", "By method and code.",
              [("sum by (grpc_method, grpc_code) (rate(grpc_server_handled_total<R>) <OURS>)",
                "{{grpc_method}} {{grpc_code}}")]),
        Panel("Telemetry that was lost", "ops", "Spans dropped and exports that failed.",
              [("sum(rate(gatun:otlp_spans_dropped_total<P><R>))", "spans"),
               ("sum by (signal) (rate(gatun:otlp_export_failures_total<P><R>))", "{{signal}}")]),
    ])


def slo_panels(level):
    record = f"model:gatun_{level.key}_bad:ratio_rate"
    budget = f"{1 - level.objective:.6g}"
    windows = [(f"{record}{w}<M> / {budget}", "{{model_name}} " + w) for w in slo.WINDOWS]
    return [
        Row(f"{level.title}: {level.objective * 100:g} %"),
        Panel("Burn rate", "short",
              "1 uses up the budget of 30 days in 30 days; a page comes at 14.4 over an hour or 6 "
              "over six hours.", windows, width=12),
        Panel("Bad now", "percentunit", f"Of the last hour: {level.noun}.",
              [(f"{record}1h<M>", "{{model_name}}")], "stat", 6),
        Panel("Budget used in three days", "percentunit", "Of the budget of 30 days.",
              [(f"{record}3d<M> / {budget} / 10", "{{model_name}}")], "stat", 6),
    ]


SLO = Dashboard(
    "slo", "Gatun / Service levels",
    "Error budgets and how fast they burn; thresholds are in slo.py.",
    ["namespace", "model"],
    [panel for level in slo.SLOS for panel in slo_panels(level)] + [
        Row("Traffic"),
        Panel("Requests offered", "reqps", "Finished or refused, over an hour.",
              [("model:gatun_requests_offered:rate1h<M>", "{{model_name}}")], width=12),
        Panel("Latency, 99th percentile", "s", "Of five minutes.",
              [("model:gatun_ttft_seconds:p99_rate5m<M>", "{{model_name}} first token"),
               ("model:gatun_itl_seconds:p99_rate5m<M>", "{{model_name}} between tokens")],
              width=12),
    ])

MODEL = Dashboard(
    "model", "Gatun / Model", "What a model is asked, and where the time of a request goes.",
    ["namespace", "model", "pod"], [
        Row("Requests"),
        heatmap("Prompt tokens", "short", "Per request.", "vllm:request_prompt_tokens"),
        heatmap("Generated tokens", "short", "Per request.", "vllm:request_generation_tokens"),
        heatmap("max_tokens", "short", "What is asked for.", "vllm:request_params_max_tokens"),
        Panel("Samples per request", "short", "Mean of n.", [(mean("vllm:request_params_n"), "n")]),
        Panel("Prompt tokens by source", "short", "Tokens per second, computed or cached.",
              [("sum by (source) (rate(vllm:prompt_tokens_by_source_total<P><R>))", "{{source}}")]),
        Panel("Computed prompt tokens", "short", "Mean per request, cached ones left out.",
              [(mean("vllm:request_prefill_kv_computed_tokens"), "computed")]),
        Row("Where the time goes"),
        Panel("Parts of a request", "s", "Means; they add up to the whole.",
              [(mean("vllm:request_queue_time_seconds"), "queue"),
               (mean("vllm:request_prefill_time_seconds"), "prefill"),
               (mean("vllm:request_decode_time_seconds"), "decode")]),
        Panel("Whole request", "s", "From arrival to the last token.",
              quantiles("vllm:e2e_request_latency_seconds", "", 0.5, 0.9, 0.99)),
        Panel("Time per output token", "s", "Decode time by tokens after the first.",
              quantiles("vllm:request_time_per_output_token_seconds", "", 0.5, 0.99)),
        heatmap("Time to first token", "s", "Per request.", TTFT),
        heatmap("Inter-token latency", "s", "Per step and request.", ITL),
        Panel("Preemptions per request", "short", "Mean of finished requests.",
              [(mean("vllm:request_num_preemptions"), "preemptions")]),
        Row("Steps"),
        Panel("Tokens of a step", "short", "Mean, prompt and output together.",
              [(mean("vllm:iteration_tokens_total"), "tokens")]),
        Panel("Duration of a step", "s", "The floor of inter-token latency.",
              quantiles("gatun:step_duration_seconds", "", 0.5, 0.99)),
        Panel("Steps", "ops", "Per second and pod.",
              [("sum by (pod) (rate(gatun:engine_steps_total<P><R>))", "{{pod}}")]),
        Panel("Queued prompt tokens", "short", "Of requests whose first token is still to come.",
              [("sum by (pod) (gatun:queued_prompt_tokens<P>)", "{{pod}}")]),
        Row("Speculation"),
        Panel("Draft tokens accepted", "percentunit", "Empty where speculation is off.",
              [("sum(rate(vllm:spec_decode_num_accepted_tokens_total<P><R>)) "
                "/ sum(rate(vllm:spec_decode_num_draft_tokens_total<P><R>))", "accepted")]),
        Panel("Accepted per draft", "short", "Mean number of tokens.",
              [("sum(rate(vllm:spec_decode_num_accepted_tokens_total<P><R>)) "
                "/ sum(rate(vllm:spec_decode_num_drafts_total<P><R>))", "tokens")]),
        Panel("Accepted by place", "ops", "Tokens per second by their place in the draft.",
              [("sum by (position) "
                "(rate(vllm:spec_decode_num_accepted_tokens_per_pos_total<P><R>))",
                "{{position}}")]),
        Row("Set-up"),
        Panel("KV cache", "short", "Blocks; labels tell the rest of the configuration.",
              [("gatun:kv_blocks<P>", "{{pod}} {{tier}}"),
               ("vllm:cache_config_info <OURS>",
                "{{pod}} block_size {{block_size}} {{cache_dtype}}")], width=12),
        Panel("Version and device", "short", "Several at once during a roll-out.",
              [("count by (version, device) (gatun:build_info<P>)", "{{version}} {{device}}")],
              width=12),
    ])

GPU = Dashboard(
    "gpu", "Gatun / GPU", "The devices below the engine, and what the engine does with them.",
    ["namespace", "model", "pod"], [
        Row("Device"),
        Panel("Busy", "percentunit", "Time in which a kernel ran; says nothing of how well.",
              [("gatun:gpu_utilization_ratio <OURS>", "{{pod}} {{gpu}}")]),
        Panel("Memory", "percentunit", "In use, by whomever.",
              [("gatun:gpu_memory_used_bytes / gatun:gpu_memory_total_bytes <OURS>",
                "{{pod}} {{gpu}}")]),
        Panel("Power", "watt", "Drawn now.", [("gatun:gpu_power_watts <OURS>", "{{pod}} {{gpu}}")]),
        Panel("Temperature", "celsius", "Of the chip.",
              [("gatun:gpu_temperature_celsius <OURS>", "{{pod}} {{gpu}}")]),
        Panel("Clock", "hertz", "Of the multiprocessors; falls when power or heat is at its limit.",
              [("gatun:gpu_sm_clock_hertz <OURS>", "{{pod}} {{gpu}}")]),
        Panel("Devices", "short", "By name.",
              [("count by (name) (gatun:gpu_info <OURS>)", "{{name}}")]),
        Row("Engine"),
        Panel("Generated tokens", "short", "Tokens per second and pod.",
              [("sum by (pod) (rate(vllm:generation_tokens_total<P><R>))", "{{pod}}")]),
        Panel("Running", "short", "A small batch leaves a GPU waiting for its memory.",
              [("sum by (pod) (vllm:num_requests_running<P>)", "{{pod}}")]),
        Panel("Duration of a step", "s", "By pod, so that a slow device shows.",
              quantiles("gatun:step_duration_seconds", "pod", 0.5, 0.99)),
        Panel("KV blocks in use", "short", "By tier.",
              [("sum by (pod, tier) (gatun:kv_blocks_used<P>)", "{{pod}} {{tier}}")]),
        Panel("Swap traffic", "short", "Tokens per second copied out and back.",
              [("sum by (pod) (rate(gatun:tokens_swapped_out_total<P><R>))", "{{pod}} out"),
               ("sum by (pod) (rate(gatun:tokens_swapped_in_total<P><R>))", "{{pod}} in")]),
        Panel("Recomputed", "short", "Tokens per second computed once more after a preemption.",
              [("sum by (pod) (rate(gatun:tokens_recomputed_total<P><R>))", "{{pod}}")]),
    ])

DASHBOARDS = [OPERATOR, SLO, MODEL, GPU]
