"""What the webhooks of KServe and the scalers of KEDA refuse beyond the schema of their CRDs."""
import json
import re

from schema_walk import DNS_LABEL, LABEL_VALUE, check_string_map

PORT_NAME = re.compile(r"^(?=.*[a-z])[a-z0-9]([a-z0-9]|-(?!-)){0,13}[a-z0-9]?$")

PLACEHOLDER = re.compile(r"\{\{(.*?)\}\}", re.S)


def env_names(container):
    return [e.get("name") for e in container.get("env") or [] if isinstance(e, dict)]


def lint_container(c, path, errors):
    seen = {}
    for i, port in enumerate(c.get("ports") or []):
        name = port.get("name") if isinstance(port, dict) else None
        if name is not None and (len(name) > 15 or not PORT_NAME.match(name)):
            errors.append((f"{path}.ports[{i}].name", f"{json.dumps(name)} is not a port name (<=15, a-z 0-9 -)"))
        if name in seen and name is not None:
            errors.append((f"{path}.ports[{i}].name", f"same name as ports[{seen[name]}]"))
        seen[name] = i
    if len(c.get("ports") or []) > 1:
        for i, port in enumerate(c["ports"]):
            if not port.get("name"):
                errors.append((f"{path}.ports[{i}].name", "required when a container has several ports (they become Service ports)"))
    for i, name in enumerate(env_names(c)):
        if name == "PYTHONPATH":
            errors.append((f"{path}.env[{i}].name", "PYTHONPATH is rejected by KServe's webhook"))
    limits = (c.get("resources") or {}).get("limits") or {}
    requests = (c.get("resources") or {}).get("requests") or {}
    for key in requests:
        if "/" in key and str(requests[key]) != str(limits.get(key)):
            errors.append((f"{path}.resources.requests[{json.dumps(key)}]", "extended resources need an equal limit"))


def lint_mounts(containers, volumes, path, errors, known=()):
    names = {v.get("name") for v in volumes or [] if isinstance(v, dict)} | set(known)
    for i, c in enumerate(containers):
        for j, mount in enumerate(c.get("volumeMounts") or []):
            if mount.get("name") not in names:
                errors.append((f"{path}[{i}].volumeMounts[{j}].name", f"no volume named {mount.get('name')!r}"))


def lint_runtime(doc, errors):
    spec = doc.get("spec") or {}
    containers = [c for c in spec.get("containers") or [] if isinstance(c, dict)]
    if not spec.get("supportedModelFormats"):
        errors.append(("spec.supportedModelFormats", "empty: no InferenceService can use this runtime"))
    if not any(c.get("name") == "kserve-container" for c in containers):
        errors.append(("spec.containers", "no container named kserve-container"))
    priorities = {}
    for i, fmt in enumerate(spec.get("supportedModelFormats") or []):
        if fmt.get("autoSelect") and "priority" in fmt:
            first = priorities.setdefault(fmt.get("name"), fmt["priority"])
            if first != fmt["priority"]:
                errors.append((f"spec.supportedModelFormats[{i}].priority",
                               f"differs from priority {first} of another autoSelect entry of format {fmt.get('name')!r}"))
    for i, proto in enumerate(spec.get("protocolVersions") or []):
        if proto not in ("v1", "v2", "grpc-v1", "grpc-v2"):
            errors.append((f"spec.protocolVersions[{i}]", f"{proto!r} is unknown to KServe (v1, v2, grpc-v1, grpc-v2)"))
    for i, c in enumerate(containers):
        lint_container(c, f"spec.containers[{i}]", errors)
        text = json.dumps(c)
        for expr in PLACEHOLDER.findall(text):
            if not re.match(r"^-?\s*\.(Name|Namespace|Labels\.\w+|Annotations\.\w+)\s*-?$", expr.strip()) \
                    and "index" not in expr:
                errors.append((f"spec.containers[{i}]", "'{{" + expr + "}}' is not an ObjectMeta placeholder; KServe runs "
                               "every container through a Go template"))
        if re.sub(PLACEHOLDER, "", text).count("{{"):
            errors.append((f"spec.containers[{i}]", "unclosed '{{' would break KServe's template pass"))
    lint_mounts(containers, spec.get("volumes"), "spec.containers", errors)
    for part in ("labels", "annotations"):
        check_string_map(spec.get(part), f"spec.{part}", LABEL_VALUE if part == "labels" else None, errors)
    worker = spec.get("workerSpec")
    if isinstance(worker, dict):
        wcs = worker.get("containers") or []
        if len(wcs) != 1:
            errors.append(("spec.workerSpec.containers", "exactly one container is allowed"))
        elif wcs[0].get("name") != "worker-container":
            errors.append(("spec.workerSpec.containers[0].name", "must be worker-container"))
        for size in ("pipelineParallelSize", "tensorParallelSize"):
            if isinstance(worker.get(size), int) and worker[size] < 1:
                errors.append((f"spec.workerSpec.{size}", "must be at least 1"))
        for i, c in enumerate(containers):
            for j, name in enumerate(env_names(c)):
                if name in ("PIPELINE_PARALLEL_SIZE", "TENSOR_PARALLEL_SIZE"):
                    errors.append((f"spec.containers[{i}].env[{j}].name", f"{name} is set by KServe, not by the runtime"))
        lint_mounts([c for c in wcs if isinstance(c, dict)], worker.get("volumes"), "spec.workerSpec.containers", errors)


def lint_isvc(doc, errors):
    meta, spec = doc.get("metadata") or {}, doc.get("spec") or {}
    notes = meta.get("annotations") or {}
    if not DNS_LABEL.match(str(meta.get("name", ""))) or not str(meta.get("name", "x"))[0].isalpha():
        errors.append(("metadata.name", "an InferenceService name is a DNS label that starts with a letter"))
    scaler = notes.get("serving.kserve.io/autoscalerClass")
    if scaler is not None and scaler not in ("hpa", "keda", "external", "none"):
        errors.append(('metadata.annotations["serving.kserve.io/autoscalerClass"]', f"{scaler!r} is not hpa, keda, external or none"))
    mode = notes.get("serving.kserve.io/deploymentMode")
    if mode is not None and mode not in ("Standard", "RawDeployment", "Knative", "Serverless", "ModelMesh"):
        errors.append(('metadata.annotations["serving.kserve.io/deploymentMode"]', f"{mode!r} is not a deployment mode"))
    pred = spec.get("predictor") or {}
    low, high = pred.get("minReplicas", 1), pred.get("maxReplicas", 0)
    if isinstance(low, int) and isinstance(high, int) and high and low > high:
        errors.append(("spec.predictor.minReplicas", f"{low} is above maxReplicas {high}"))
    model = pred.get("model") or {}
    if model.get("name"):
        errors.append(("spec.predictor.model.name", "not allowed in a model predictor"))
    if model and (model.get("modelFormat") or {}).get("name") != "huggingface" and not (
            model.get("storageUri") or model.get("storage") or pred.get("storageUris")):
        errors.append(("spec.predictor.model.storageUri", "missing: KServe then takes the predictor for a multi-model one"))
    metrics = (pred.get("autoScaling") or {}).get("metrics") or []
    if metrics and scaler != "keda" and any(m.get("type") in ("PodMetric", "External") for m in metrics):
        errors.append(('metadata.annotations["serving.kserve.io/autoscalerClass"]', "must be keda for PodMetric and External metrics"))
    if scaler == "keda" and mode in ("Knative", "Serverless"):
        errors.append(('metadata.annotations["serving.kserve.io/deploymentMode"]', "keda needs Standard (RawDeployment)"))
    for i, m in enumerate(metrics):
        here = f"spec.predictor.autoScaling.metrics[{i}]"
        field = {"PodMetric": "podmetric", "External": "external", "Resource": "resource"}.get(m.get("type"))
        if field and field not in m:
            errors.append((f"{here}.{field}", f"required for type {m['type']}"))
            continue
        if field in ("podmetric", "external"):
            src = m[field]
            target = src.get("target") or {}
            if not (src.get("metric") or {}).get("query"):
                errors.append((f"{here}.{field}.metric.query", "must not be empty"))
            if target.get("value") is None:
                errors.append((f"{here}.{field}.target.value", "KServe reads target.value; it must be set"))
            elif not re.fullmatch(r"[0-9]*\.?[0-9]+", str(target["value"])):
                errors.append((f"{here}.{field}.target.value", f"{target['value']!r}: KEDA parses this as a plain decimal, no unit suffix"))
        if field == "podmetric":
            metric = m[field].get("metric") or {}
            if metric.get("backend") != "opentelemetry":
                errors.append((f"{here}.podmetric.metric.backend", "only opentelemetry is acted on"))
            if not metric.get("metricNames"):
                errors.append((f"{here}.podmetric.metric.metricNames", "empty: KServe then creates no OpenTelemetryCollector"))
            if re.search(r"[{}()]", str(metric.get("query", ""))):
                errors.append((f"{here}.podmetric.metric.query", "must be a bare metric name: KServe wraps it as sum(NAME{...})"))
    want = f"{meta.get('name')}-predictor"
    inject = notes.get("sidecar.opentelemetry.io/inject")
    if any(m.get("type") == "PodMetric" for m in metrics):
        if inject is None:
            errors.append(('metadata.annotations["sidecar.opentelemetry.io/inject"]', f"missing: set it to {want!r} or no collector is injected"))
        elif inject not in (want, "true"):
            errors.append(('metadata.annotations["sidecar.opentelemetry.io/inject"]', f"{inject!r}: the collector KServe creates is named {want!r}"))
    if pred.get("workerSpec") is not None and model:
        uri = str(model.get("storageUri", ""))
        if not uri.startswith(("pvc://", "oci://")):
            errors.append(("spec.predictor.model.storageUri", "a multi-node predictor needs pvc:// or oci://"))
        if scaler != "none":
            errors.append(('metadata.annotations["serving.kserve.io/autoscalerClass"]', "must be none for a multi-node predictor"))
    total = 0
    for i, canary in enumerate(spec.get("canary") or []):
        total += canary.get("trafficPercent", 0)
        if not (canary.get("predictor") or {}).get("name"):
            errors.append((f"spec.canary[{i}].predictor.name", "required"))
    if total > 100:
        errors.append(("spec.canary", f"trafficPercent values add up to {total}"))


REQUIRED_TRIGGER_KEYS = {
    "prometheus": ("serverAddress", "query", "threshold"),
    "external": ("scalerAddress",),
    "external-push": ("scalerAddress",),
}


def lint_scaledobject(doc, errors):
    spec = doc.get("spec") or {}
    names = {}
    for i, trig in enumerate(spec.get("triggers") or []):
        here = f"spec.triggers[{i}]"
        data = trig.get("metadata") or {}
        for key in REQUIRED_TRIGGER_KEYS.get(trig.get("type"), ()):
            if key not in data and f"{key}FromEnv" not in data:
                errors.append((f"{here}.metadata.{key}", f"required by the {trig['type']} trigger"))
        for key in ("threshold", "activationThreshold"):
            if key in data and trig.get("type") == "prometheus":
                try:
                    float(data[key])
                except (TypeError, ValueError):
                    errors.append((f"{here}.metadata.{key}", f"{data[key]!r} is not a number"))
        if trig.get("name"):
            if trig["name"] in names:
                errors.append((f"{here}.name", f"same name as triggers[{names[trig['name']]}]"))
            names[trig["name"]] = i
        if trig.get("type") in ("prometheus", "external") and trig.get("metricType") == "Utilization":
            errors.append((f"{here}.metricType", "Utilization is only for cpu and memory triggers"))
    low, high, idle = (spec.get(k) for k in ("minReplicaCount", "maxReplicaCount", "idleReplicaCount"))
    if isinstance(low, int) and low > (high if isinstance(high, int) else 100):
        errors.append(("spec.minReplicaCount", f"{low} is above maxReplicaCount"))
    if isinstance(idle, int) and idle >= (low or 0):
        errors.append(("spec.idleReplicaCount", "must be below minReplicaCount"))


LINTS = {
    ("serving.kserve.io", "ClusterServingRuntime"): lint_runtime,
    ("serving.kserve.io", "ServingRuntime"): lint_runtime,
    ("serving.kserve.io", "InferenceService"): lint_isvc,
    ("keda.sh", "ScaledObject"): lint_scaledobject,
}


# (format, version): the protocols (none stands for all) and priority of runtimes that KServe ships with autoSelect.
SHIPPED = {
    ("huggingface", "1"): [({"v1", "v2"}, 1, "kserve-huggingfaceserver"),
                           ({"v1", "v2"}, 2, "kserve-huggingfaceserver-multinode")],
    ("vllm", "1"): [(set(), 1, "kserve-vllmserver")],
    ("triton", "2"): [({"v2", "grpc-v2"}, 1, "kserve-tritonserver")],
    ("onnx", "1"): [({"v2", "grpc-v2"}, 1, "kserve-tritonserver")],
}


class PriorityClashes:
    """Refuses what the webhook refuses: two enabled ClusterServingRuntimes that select one format with one priority."""

    def __init__(self):
        self.taken = {key: list(rows) for key, rows in SHIPPED.items()}
        self.seen = {}

    def add(self, doc):
        if doc.get("kind") != "ClusterServingRuntime" or doc["spec"].get("disabled"):
            return []
        name, spec = doc["metadata"]["name"], doc["spec"]
        # The same runtime in several renderings is one runtime.
        if json.dumps(spec, sort_keys=True) == self.seen.get(name):
            return []
        self.seen[name] = json.dumps(spec, sort_keys=True)
        protocols, errors = set(spec.get("protocolVersions") or []), []
        for i, fmt in enumerate(spec.get("supportedModelFormats") or []):
            if not fmt.get("autoSelect") or "priority" not in fmt:
                continue
            rows = self.taken.setdefault((fmt["name"].lower(), str(fmt.get("version", ""))), [])
            for other_protocols, priority, other in rows:
                shares = not protocols or not other_protocols or protocols & other_protocols
                if other != name and shares and priority == fmt["priority"]:
                    errors.append((f"spec.supportedModelFormats[{i}].priority",
                                   f"{priority} is taken by {other} for format {fmt['name']!r}; KServe refuses the second"))
            rows.append((protocols, fmt["priority"], name))
        return errors
