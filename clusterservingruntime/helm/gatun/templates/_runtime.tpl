{{/* One runtime. Takes root, runtime (its values), variant (cpu, gpu or knative). */}}
{{- define "gatun.runtime" -}}
{{- $values := .root.Values -}}
{{- $isKnative := eq .variant "knative" -}}
{{- $tag := printf "%s-cpu" .root.Chart.AppVersion -}}
{{- if eq .variant "gpu" -}}
{{- $tag = default (printf "%s-cuda" .root.Chart.AppVersion) $values.image.cudaTag -}}
{{- else -}}
{{- $tag = default $tag $values.image.cpuTag -}}
{{- end -}}
apiVersion: serving.kserve.io/v1alpha1
kind: {{ eq $values.scope "Cluster" | ternary "ClusterServingRuntime" "ServingRuntime" }}
metadata:
  name: {{ .runtime.name }}
  {{- if eq $values.scope "Namespace" }}
  namespace: {{ .root.Release.Namespace }}
  {{- end }}
  labels:
    app.kubernetes.io/name: gatun
  annotations:
    serving.kserve.io/server-type: gatun
spec:
  labels:
    gatun.dev/runtime: "true"
  annotations:
    prometheus.kserve.io/port: "8080"
    prometheus.kserve.io/path: /metrics
  supportedModelFormats:
    - name: gatun
      version: "1"
      {{- if gt (int .runtime.autoSelectPriority) 0 }}
      autoSelect: true
      priority: {{ .runtime.autoSelectPriority }}
      {{- end }}
    - name: huggingface
      version: "1"
    - name: vLLM
      version: "1"
  protocolVersions: [v2, grpc-v2]
  {{- with $values.imagePullSecrets }}
  imagePullSecrets: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with .runtime.nodeSelector }}
  nodeSelector: {{ toYaml . | nindent 4 }}
  {{- end }}
  {{- with .runtime.tolerations }}
  tolerations: {{ toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: kserve-container
      image: {{ $values.image.repository }}:{{ $tag }}
      args:
        - --model=/mnt/models
        - --served-model-name={{ "{{.Name}}" }}
        - --port=8080
        {{- if not $isKnative }}
        - --grpc-port=9000
        {{- end }}
        {{- if eq .variant "gpu" }}
        - --device=cuda
        {{- end }}
        - --shutdown-timeout={{ $isKnative | ternary (add $values.drain.timeoutSeconds 10) $values.drain.timeoutSeconds }}
        {{- range .runtime.args }}
        - {{ toJson . }}
        {{- end }}
      ports:
        {{- if $isKnative }}
        - name: h2c
          containerPort: 8080
          protocol: TCP
        {{- else }}
        - name: http
          containerPort: 8080
          protocol: TCP
        - name: grpc
          containerPort: 9000
          protocol: TCP
        {{- end }}
      resources: {{ toYaml .runtime.resources | nindent 8 }}
      startupProbe:
        httpGet: {path: /health, port: 8080}
        periodSeconds: 5
        timeoutSeconds: 2
        failureThreshold: {{ div $values.loadSeconds 5 }}
      readinessProbe:
        httpGet: {path: /v2/health/ready, port: 8080}
        periodSeconds: 5
        timeoutSeconds: 2
        failureThreshold: 2
      livenessProbe:
        httpGet: {path: /v2/health/live, port: 8080}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 3
      {{- if not $isKnative }}
      lifecycle:
        preStop:
          sleep: {seconds: {{ $values.drain.preStopSeconds }}}
      {{- end }}
      securityContext: {{ include "gatun.restricted" . | nindent 8 }}
      volumeMounts:
        - name: gatun-tmp
          mountPath: /tmp
  volumes:
    - name: gatun-tmp
      emptyDir:
        sizeLimit: 256Mi
{{- end }}

{{/* Restricted pod security, any user. */}}
{{- define "gatun.restricted" -}}
runAsNonRoot: true
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
seccompProfile:
  type: RuntimeDefault
{{- end }}
