{{/*
What is reached from outside: the door of the collector alone, and of the api what people and programs ask. /metrics, /health and
/log-level are for the cluster. (dict "root" $ "component" NAME) -> a JSON list of prefixes.
*/}}
{{- define "gondola.pathsOf" -}}
{{- if eq .component "collector" -}}
["/v1/events"]
{{- else -}}
["/board", "/signals", "/incidents", "/stores", "/shelves", "/availability", "/checks", "/verdicts", "/kpis", "/insights", "/overview", "/pipeline", "/tasks", "/rag", "/quality", "/quarantine", "/subjects", "/schemas", "/compatibility", "/config", "/session", "/openapi.json"]
{{- end -}}
{{- end }}

{{- define "gondola.paths.ingress" -}}
{{- $backend := dict "service" (dict "name" (include "gondola.fullname" .) "port" (dict "name" "http")) -}}
{{- if eq .component "api" }}
- { path: /, pathType: Exact, backend: {{ toJson $backend }} }
{{- end }}
{{- range include "gondola.pathsOf" . | fromJsonArray }}
- { path: {{ . }}, pathType: Prefix, backend: {{ toJson $backend }} }
{{- end }}
{{- end }}

{{/* Rules of eight: older gateways take no more matches in one. */}}
{{- define "gondola.rules.route" -}}
{{- $matches := ternary (list (dict "path" (dict "type" "Exact" "value" "/"))) list (eq .component "api") -}}
{{- range include "gondola.pathsOf" . | fromJsonArray -}}
{{- $matches = append $matches (dict "path" (dict "type" "PathPrefix" "value" .)) -}}
{{- end -}}
{{- range chunk 8 $matches }}
- matches:
  {{- range . }}
    - {{ toJson . }}
  {{- end }}
  backendRefs: [{ name: {{ include "gondola.fullname" $ }}, port: 8080 }]
{{- end }}
{{- end }}
