{{/*
A service. (dict "root" $ "component" NAME "service" VALUES). Why a Deployment, and why ingest and detect are replaced one by one without
one more: decisions/0044-no-instance-has-a-name.md.
*/}}
{{- define "gondola.deployment" -}}
{{- $isDoor := has .component (list "api" "collector") -}}
{{- $configs := ternary (list "ingest" "api") (list .component) (and (eq .component "api") .root.Values.api.replaysQuarantine) -}}
{{- $parts := dict "root" .root "names" (list .component) "configs" $configs "env" .service.env "tmpSize" .service.tmpSize -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "gondola.fullname" . }}
  labels: {{- include "gondola.labels" . | nindent 4 }}
spec:
{{- if .root.Values.paused }}
  replicas: 0
{{- else if not (include "gondola.isScaled" .) }}
  replicas: {{ .service.replicas }}
{{- end }}
  revisionHistoryLimit: 5
  minReadySeconds: 10
  strategy:
    rollingUpdate: { maxSurge: {{ ternary 1 0 $isDoor }}, maxUnavailable: {{ ternary 0 1 $isDoor }} }
  selector:
    matchLabels: {{- include "gondola.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "gondola.podLabels" . | nindent 8 }}
      annotations:
      {{- range $configs }}
        checksum/{{ . }}: {{ include "gondola.config" (dict "root" $.root "component" . "config" (index $.root.Values .).config) | sha256sum }}
      {{- end }}
      {{- with .root.Values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      {{- include "gondola.podCommon" (dict "root" .root "account" .component) | nindent 6 }}
      terminationGracePeriodSeconds: {{ include "gondola.graceSeconds" .service }}
      topologySpreadConstraints: {{- include "gondola.spread" . | trim | nindent 8 }}
      containers:
        - name: {{ .component }}
          image: {{ include "gondola.image" (dict "root" .root "image" .root.Values.image) }}
          imagePullPolicy: {{ .root.Values.image.pullPolicy }}
          args: [{{ .component }}, --config, /etc/gondola/{{ .component }}.yaml]
          securityContext: {{- include "gondola.containerSecurity" . | nindent 12 }}
          {{- with include "gondola.env" $parts | trim }}
          env: {{- . | nindent 12 }}
          {{- end }}
          ports:
            - { name: http, containerPort: 8080 }
          {{- include "gondola.probes" . | nindent 10 }}
          {{- if .service.preStopSeconds }}
          lifecycle: { preStop: { sleep: { seconds: {{ .service.preStopSeconds }} } } }
          {{- end }}
          resources: {{- toYaml .service.resources | nindent 12 }}
          volumeMounts: {{- include "gondola.volumeMounts" $parts | nindent 12 }}
      volumes: {{- include "gondola.volumes" $parts | nindent 8 }}
{{- end }}

{{/* A service that is cut off from stream or lake is alive: a restart mends nothing outside. The port answers before the service is ready. */}}
{{- define "gondola.probes" -}}
startupProbe:
  httpGet: { path: /health/live, port: http }
  periodSeconds: 2
  failureThreshold: 90
livenessProbe:
  httpGet: { path: /health/live, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /health/ready, port: http }
  periodSeconds: 5
  timeoutSeconds: 3
{{- end }}
