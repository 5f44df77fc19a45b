{{/*
What is reached from outside: the door of the collector alone, and of the api what people and programs ask. /metrics, /health and
/log-level are for the cluster. (dict "root" $ "component" NAME) -> a JSON list of prefixes.
*/}}
{{- define "gondola.pathsOf" -}}
{{- if eq .component "collector" -}}
["/v1/events"]
{{- else -}}
["/board", "/signals", "/incidents", "/stores", "/shelves", "/checks", "/verdicts", "/kpis", "/quality", "/quarantine", "/subjects", "/schemas", "/compatibility", "/config"]
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

{{- define "gondola.paths.route" -}}
{{- if eq .component "api" }}
- { path: { type: Exact, value: / } }
{{- end }}
{{- range include "gondola.pathsOf" . | fromJsonArray }}
- { path: { type: PathPrefix, value: {{ . }} } }
{{- end }}
{{- end }}
