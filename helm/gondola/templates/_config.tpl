{{/*
What services are told: fields that the chart knows, with those of the service's own `config` laid over them. The chart's schema keeps
fields out of `config` that only the chart may say (environment, lake, broker, port).
*/}}

{{- define "gondola.stream" -}}
{{- $stream := .Values.stream -}}
{{- $own := index $stream (ternary "eventHubs" $stream.broker (eq $stream.broker "event-hubs")) -}}
{{- $said := dict "broker" $stream.broker "name" $stream.name "signals" $stream.signals "allowGap" $stream.allowGap -}}
{{- toYaml (merge $said (deepCopy $own)) -}}
{{- end }}

{{/* (dict "root" $ "component" NAME): what every service has. */}}
{{- define "gondola.commonConfig" -}}
{{- $service := index .root.Values .component -}}
environment: {{ .root.Values.environment }}
http: { host: 0.0.0.0, port: 8080, drainMs: {{ $service.drainMs }} }
logLevel: {{ .root.Values.logLevel }}
{{- with .root.Values.tracing }}
tracing: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Bytes above which ingest and detect publish early: seven tenths of what the container may have. */}}
{{- define "gondola.memoryBytesMax" -}}
{{- $limit := include "gondola.bytes" .resources.limits.memory | int64 -}}
{{- div (mul $limit 7) 10 -}}
{{- end }}

{{- define "gondola.config.ingest" -}}
{{ include "gondola.commonConfig" . }}
lake: {{ .root.Values.lake }}
stream: {{- include "gondola.stream" .root | nindent 2 }}
{{- with .root.Values.registry }}
registry: {{- toYaml . | nindent 2 }}
{{- end }}
masking: { keyFile: /etc/gondola/secrets/masking/masking.key }
flush: { memoryBytesMax: {{ include "gondola.memoryBytesMax" .root.Values.ingest }} }
{{- end }}

{{- define "gondola.config.detect" -}}
{{ include "gondola.commonConfig" . }}
lake: {{ .root.Values.lake }}
stream: {{- include "gondola.stream" .root | nindent 2 }}
{{- with .root.Values.registry }}
registry: {{- toYaml . | nindent 2 }}
{{- end }}
# What is set beside another field loses that field's default: these are detect's.
flush: { memoryBytesMax: {{ include "gondola.memoryBytesMax" .root.Values.detect }}, rowsMax: 10000, ageMsMax: 1000 }
{{- end }}

{{- define "gondola.config.api" -}}
{{ include "gondola.commonConfig" . }}
lake: {{ .root.Values.lake }}
{{- $files := dig "api" "files" (list) .root.Values.secrets }}
{{- $hasOidc := dig "access" "oidc" "" .root.Values.api.config }}
{{- if or (has "callers.yaml" $files) (not $hasOidc) }}
access:
  keysFile: /etc/gondola/secrets/api/callers.yaml
  {{- if has "session.key" $files }}
  session: { keyFile: /etc/gondola/secrets/api/session.key }
  {{- end }}
{{- end }}
{{- if .root.Values.api.takesVerdicts }}
verdicts:
  stream: {{- include "gondola.stream" .root | nindent 4 }}
{{- end }}
{{- if .root.Values.api.replaysQuarantine }}
quarantine: { ingest: /etc/gondola/ingest.yaml }
{{- end }}
{{- end }}

{{- define "gondola.config.collector" -}}
{{ include "gondola.commonConfig" . }}
stream: {{- include "gondola.stream" .root | nindent 2 }}
{{- with .root.Values.registry }}
registry: {{- toYaml . | nindent 2 }}
lake: {{ $.root.Values.lake }}
{{- end }}
keysFile: /etc/gondola/secrets/producers/producers.yaml
{{- end }}

{{- define "gondola.config.silences" -}}
environment: {{ .root.Values.environment }}
lake: {{ .root.Values.lake }}
{{- end }}

{{/* The whole file, as YAML: (dict "root" $ "component" NAME "config" VALUES). */}}
{{- define "gondola.config" -}}
{{- $said := include (printf "gondola.config.%s" .component) . | fromYaml -}}
{{- with $said.Error -}}{{- fail (printf "configuration of %s: %s" $.component .) -}}{{- end -}}
{{- toYaml (mustMergeOverwrite $said (deepCopy .config)) -}}
{{- end }}
