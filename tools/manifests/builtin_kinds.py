"""Schemas of the built-in kinds that our manifests use.

Kubernetes ships no CRDs for its own kinds. The large parts are taken from CRDs that embed them (a pod
template from LeaderWorkerSet, scaling behaviour from ScaledObject); the small rest is written out here.
"""

STRING = {"type": "string"}
INTEGER = {"type": "integer"}
BOOLEAN = {"type": "boolean"}
INT_OR_STRING = {"x-kubernetes-int-or-string": True}
STRING_MAP = {"type": "object", "additionalProperties": STRING}


def obj(required=(), **properties):
    return {"type": "object", "properties": properties, "required": list(required)}


def many(items, least=0):
    return {"type": "array", "items": items, "minItems": least}


def choice(*words):
    return {"type": "string", "enum": list(words)}


SELECTOR = obj(
    matchLabels=STRING_MAP,
    matchExpressions=many(obj(("key", "operator"), key=STRING, values=many(STRING),
                              operator=choice("In", "NotIn", "Exists", "DoesNotExist"))))

NETWORK_PEER = obj(podSelector=SELECTOR, namespaceSelector=SELECTOR,
                   ipBlock=obj(("cidr",), cidr=STRING, **{"except": many(STRING)}))
NETWORK_PORTS = many(obj(port=INT_OR_STRING, endPort=INTEGER, protocol=choice("TCP", "UDP", "SCTP")))

METRIC_TARGET = obj(("type",), type=choice("Utilization", "Value", "AverageValue"), value=INT_OR_STRING,
                    averageValue=INT_OR_STRING, averageUtilization=INTEGER)
METRIC_ID = obj(("name",), name=STRING, selector=SELECTOR)

KUSTOMIZE_TARGET = obj(group=STRING, version=STRING, kind=STRING, name=STRING, namespace=STRING,
                       labelSelector=STRING, annotationSelector=STRING)
KUSTOMIZE_PATCHES = many(obj(path=STRING, patch=STRING, target=KUSTOMIZE_TARGET,
                             options=obj(allowKindChange=BOOLEAN, allowNameChange=BOOLEAN)))


def sub_schema(crds, group, kind, *path):
    """The part of a CRD's schema below property names, or None if that CRD is not at hand."""
    versions = crds.get((group, kind))
    if not versions:
        return None
    schema = next(iter(versions.values()))[1]
    for name in path:
        schema = schema["properties"][name]
    return schema


def schemas(crds):
    """{(group, kind): (versions, schema)} of the kinds that can be checked with these CRDs."""
    service_port = obj(("port",), name=STRING, port=INTEGER, targetPort=INT_OR_STRING, nodePort=INTEGER,
                       appProtocol=STRING, protocol=choice("TCP", "UDP", "SCTP"))
    table = {
        ("", "Service"): (("v1",), obj(("spec",), spec=obj(
            ("ports",), type=choice("ClusterIP", "NodePort", "LoadBalancer"), clusterIP=STRING, selector=STRING_MAP,
            publishNotReadyAddresses=BOOLEAN, ports=many(service_port, 1), sessionAffinity=choice("None", "ClientIP")))),
        ("", "ServiceAccount"): (("v1",), obj(automountServiceAccountToken=BOOLEAN, imagePullSecrets=many(obj(name=STRING)),
                                              secrets=many(obj(name=STRING)))),
        ("", "ConfigMap"): (("v1",), obj(data=STRING_MAP, immutable=BOOLEAN)),
        ("", "Secret"): (("v1",), obj(stringData=STRING_MAP, data=STRING_MAP, type=STRING, immutable=BOOLEAN)),
        ("", "PersistentVolumeClaim"): (("v1",), obj(("spec",), spec=obj(
            ("accessModes", "resources"), storageClassName=STRING, volumeName=STRING, volumeMode=STRING,
            accessModes=many(choice("ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"), 1),
            resources=obj(requests=STRING_MAP, limits=STRING_MAP)))),
        ("policy", "PodDisruptionBudget"): (("v1",), obj(("spec",), spec=obj(
            ("selector",), minAvailable=INT_OR_STRING, maxUnavailable=INT_OR_STRING, selector=SELECTOR,
            unhealthyPodEvictionPolicy=choice("IfHealthyBudget", "AlwaysAllow")))),
        ("networking.k8s.io", "NetworkPolicy"): (("v1",), obj(("spec",), spec=obj(
            ("podSelector",), podSelector=SELECTOR, policyTypes=many(choice("Ingress", "Egress")),
            ingress=many(obj(**{"from": many(NETWORK_PEER)}, ports=NETWORK_PORTS)),
            egress=many(obj(to=many(NETWORK_PEER), ports=NETWORK_PORTS))))),
        ("kustomize.config.k8s.io", "Kustomization"): (("v1beta1",), obj(
            resources=many(STRING), namespace=STRING, namePrefix=STRING,
            images=many(obj(("name",), name=STRING, newName=STRING, newTag=STRING, digest=STRING)),
            labels=many(obj(pairs=STRING_MAP, includeSelectors=BOOLEAN, includeTemplates=BOOLEAN)),
            patches=KUSTOMIZE_PATCHES)),
        ("kustomize.config.k8s.io", "Component"): (("v1alpha1",), obj(
            resources=many(STRING), patches=KUSTOMIZE_PATCHES)),
    }
    template = sub_schema(crds, "leaderworkerset.x-k8s.io", "LeaderWorkerSet",
                          "spec", "leaderWorkerTemplate", "workerTemplate")
    if template:
        rolling = obj(maxSurge=INT_OR_STRING, maxUnavailable=INT_OR_STRING)
        table[("apps", "Deployment")] = (("v1",), obj(("spec",), spec=obj(
            ("selector", "template"), replicas=INTEGER, selector=SELECTOR, template=template, minReadySeconds=INTEGER,
            revisionHistoryLimit=INTEGER, progressDeadlineSeconds=INTEGER,
            strategy=obj(type=choice("Recreate", "RollingUpdate"), rollingUpdate=rolling))))
    behavior = sub_schema(crds, "keda.sh", "ScaledObject",
                          "spec", "advanced", "horizontalPodAutoscalerConfig", "behavior")
    if behavior:
        reference = obj(("kind", "name"), apiVersion=STRING, kind=STRING, name=STRING)
        metric = obj(
            ("type",), type=choice("Resource", "Pods", "Object", "External", "ContainerResource"),
            resource=obj(("name", "target"), name=STRING, target=METRIC_TARGET),
            pods=obj(("metric", "target"), metric=METRIC_ID, target=METRIC_TARGET),
            external=obj(("metric", "target"), metric=METRIC_ID, target=METRIC_TARGET),
            object=obj(("metric", "target", "describedObject"), metric=METRIC_ID, target=METRIC_TARGET,
                       describedObject=reference))
        table[("autoscaling", "HorizontalPodAutoscaler")] = (("v2",), obj(("spec",), spec=obj(
            ("scaleTargetRef", "maxReplicas"), scaleTargetRef=reference, minReplicas=INTEGER, maxReplicas=INTEGER,
            metrics=many(metric), behavior=behavior)))
    return table
