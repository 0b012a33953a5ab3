"""Walks a structural schema of a CRD over a document, as strict as an API server can be."""
import difflib
import json
import re

DNS_SUBDOMAIN = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$")
DNS_LABEL = re.compile(r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$")
QUALIFIED = re.compile(r"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$")
LABEL_VALUE = re.compile(r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$")
METADATA = {
    "name": str, "generateName": str, "namespace": str, "labels": dict, "annotations": dict,
    "finalizers": list, "ownerReferences": list, "uid": str, "resourceVersion": str, "generation": int,
    "creationTimestamp": object, "deletionTimestamp": object, "deletionGracePeriodSeconds": int,
    "managedFields": list, "selfLink": str,
}


def kind_of(value):
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"


def join(path, key):
    if isinstance(key, int):
        return f"{path}[{key}]"
    if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", key):
        return f"{path}.{key}" if path else key
    return f"{path}[{json.dumps(key)}]"


def type_ok(schema, value):
    want, have = schema.get("type"), kind_of(value)
    if schema.get("x-kubernetes-int-or-string"):
        return have in ("integer", "string")
    if want is None or want == have:
        return True
    if want == "number" and have == "integer":
        return True
    return want == "integer" and have == "number" and value.is_integer()


def check(schema, value, path, errors):
    """Walk a structural schema; append (path, message) for each fault."""
    if value is None:
        if not schema.get("nullable"):
            # the API server drops nulls of non-nullable fields that have a default; others fail the type check
            if "default" not in schema and schema.get("type"):
                errors.append((path, f"must be of type {schema['type']}, not null"))
        return
    if not type_ok(schema, value):
        want = "integer or string" if schema.get("x-kubernetes-int-or-string") else schema.get("type")
        hint = " (write it as text)" if schema.get("x-kubernetes-int-or-string") else ""
        errors.append((path, f"must be of type {want}, found {kind_of(value)} {json.dumps(value)[:60]}{hint}"))
        return
    if schema.get("x-kubernetes-preserve-unknown-fields") and not (
            {"properties", "items", "additionalProperties"} & set(schema)):
        return  # free-form subtree
    if "enum" in schema and value not in schema["enum"]:
        errors.append((path, f"value {json.dumps(value)} not one of {json.dumps(schema['enum'])}"))
    if isinstance(value, str):
        check_string(schema, value, path, errors)
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        check_number(schema, value, path, errors)
    elif isinstance(value, list):
        check_list(schema, value, path, errors)
    elif isinstance(value, dict):
        check_object(schema, value, path, errors)
    check_combinators(schema, value, path, errors)


def check_string(schema, value, path, errors):
    if "minLength" in schema and len(value) < schema["minLength"]:
        errors.append((path, f"shorter than {schema['minLength']} characters"))
    if "maxLength" in schema and len(value) > schema["maxLength"]:
        errors.append((path, f"longer than {schema['maxLength']} characters"))
    if "pattern" in schema and not re.search(schema["pattern"], value):
        errors.append((path, f"value {json.dumps(value)} does not match {schema['pattern']}"))
    if schema.get("format") == "date-time" and not re.match(r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d", value):
        errors.append((path, f"value {json.dumps(value)} is not an RFC 3339 time"))


def check_number(schema, value, path, errors):
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and (value < low or (schema.get("exclusiveMinimum") and value == low)):
        errors.append((path, f"value {value} below the minimum {low}"))
    if high is not None and (value > high or (schema.get("exclusiveMaximum") and value == high)):
        errors.append((path, f"value {value} above the maximum {high}"))
    bits = {"int32": 31, "int64": 63}.get(schema.get("format"))
    if bits and not -(1 << bits) <= value < (1 << bits):
        errors.append((path, f"value {value} out of range for {schema['format']}"))


def check_list(schema, value, path, errors):
    if "minItems" in schema and len(value) < schema["minItems"]:
        errors.append((path, f"fewer than {schema['minItems']} items"))
    if "maxItems" in schema and len(value) > schema["maxItems"]:
        errors.append((path, f"more than {schema['maxItems']} items"))
    for i, item in enumerate(value):
        check(schema.get("items", {}), item, join(path, i), errors)
    list_type = schema.get("x-kubernetes-list-type")
    keys = schema.get("x-kubernetes-list-map-keys", [])
    if list_type in ("map", "set"):
        seen = {}
        for i, item in enumerate(value):
            if list_type == "map":
                if not isinstance(item, dict):
                    continue
                props = schema.get("items", {}).get("properties", {})
                mark = tuple(json.dumps(item.get(k, props.get(k, {}).get("default"))) for k in keys)
            else:
                mark = json.dumps(item, sort_keys=True)
            if mark in seen:
                errors.append((join(path, i), f"duplicates item {seen[mark]} (keys {keys or 'whole item'})"))
            seen.setdefault(mark, i)


def check_object(schema, value, path, errors):
    props = schema.get("properties", {})
    extra = schema.get("additionalProperties")
    keep_unknown = schema.get("x-kubernetes-preserve-unknown-fields")
    embedded = schema.get("x-kubernetes-embedded-resource")
    for name in schema.get("required", []):
        if name not in value:
            errors.append((join(path, name), "required field is missing"))
    if "maxProperties" in schema and len(value) > schema["maxProperties"]:
        errors.append((path, f"more than {schema['maxProperties']} entries"))
    if "minProperties" in schema and len(value) < schema["minProperties"]:
        errors.append((path, f"fewer than {schema['minProperties']} entries"))
    for key, item in value.items():
        here = join(path, key)
        if key in props:
            check(props[key], item, here, errors)
        elif isinstance(extra, dict):
            check(extra, item, here, errors)
        elif extra is True or keep_unknown or (embedded and key in ("apiVersion", "kind", "metadata")):
            continue
        else:
            errors.append((here, "unknown field" + suggestion(key, props)))


def suggestion(key, props):
    low = {p.lower(): p for p in props}
    if key.lower() in low:
        return f" (did you mean {low[key.lower()]}?)"
    near = difflib.get_close_matches(key, props, 1, 0.75)
    return f" (did you mean {near[0]}?)" if near else ""


def check_combinators(schema, value, path, errors):
    # inside allOf/anyOf/oneOf/not a structural schema never declares new fields, so unknown ones are allowed there
    def passes(sub):
        trial = []
        check_loose(sub, value, path, trial)
        return not trial
    for sub in schema.get("allOf", []):
        check_loose(sub, value, path, errors)
    if "anyOf" in schema and not any(passes(s) for s in schema["anyOf"]):
        errors.append((path, "matches none of the allowed alternatives (anyOf)"))
    if "oneOf" in schema and sum(passes(s) for s in schema["oneOf"]) != 1:
        errors.append((path, "must match exactly one of the alternatives (oneOf)"))
    if "not" in schema and passes(schema["not"]):
        errors.append((path, "matches a forbidden form (not)"))


def check_loose(schema, value, path, errors):
    relaxed = dict(schema)
    relaxed["x-kubernetes-preserve-unknown-fields"] = True
    if isinstance(value, dict) and "properties" in schema:
        relaxed.pop("properties")
        for key, sub in schema["properties"].items():
            if key in value:
                check_loose(sub, value[key], join(path, key), errors)
    check(relaxed, value, path, errors)


def check_metadata(doc, scope, errors):
    meta = doc.get("metadata")
    if not isinstance(meta, dict):
        errors.append(("metadata", "required object is missing"))
        return
    for key, item in meta.items():
        if key not in METADATA:
            errors.append((join("metadata", key), "unknown field" + suggestion(key, METADATA)))
        elif METADATA[key] is not object and not isinstance(item, METADATA[key]):
            errors.append((join("metadata", key), f"must be {METADATA[key].__name__}, found {kind_of(item)}"))
    name = meta.get("name")
    if name is None and "generateName" not in meta:
        errors.append(("metadata.name", "required field is missing"))
    elif isinstance(name, str) and (len(name) > 253 or not DNS_SUBDOMAIN.match(name)):
        errors.append(("metadata.name", f"{json.dumps(name)} is not a lower-case RFC 1123 name"))
    if scope == "Cluster" and "namespace" in meta:
        errors.append(("metadata.namespace", "not allowed: the resource is cluster-scoped"))
    for part, rule in (("labels", LABEL_VALUE), ("annotations", None)):
        check_string_map(meta.get(part), join("metadata", part), rule, errors)


def check_string_map(table, path, value_rule, errors):
    if not isinstance(table, dict):
        return
    for key, item in table.items():
        here = join(path, key)
        if not QUALIFIED.match(key):
            errors.append((here, "not a valid qualified name"))
        if not isinstance(item, str):
            errors.append((here, f"must be a string, found {kind_of(item)} {json.dumps(item)} (quote it)"))
        elif value_rule and not value_rule.match(item):
            errors.append((here, f"value {json.dumps(item)} is not a valid label value"))
