{{/* Names and labels. Everywhere: (dict "root" $ "component" NAME). */}}

{{- define "gondola.fullname" -}}
{{ .root.Release.Name | trunc 40 | trimSuffix "-" }}-{{ .component }}
{{- end }}

{{/* What selectors are made of; it never changes. */}}
{{- define "gondola.selectorLabels" -}}
app.kubernetes.io/name: gondola
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "gondola.labels" -}}
{{ include "gondola.selectorLabels" . }}
{{ include "gondola.commonLabels" .root }}
{{ include "gondola.chartLabel" .root }}
{{- end }}

{{/* Not on pods: a chart that changed alone is no reason to replace them. */}}
{{- define "gondola.chartLabel" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Of objects that are of no service: takes the root. */}}
{{- define "gondola.releaseLabels" -}}
app.kubernetes.io/name: gondola
app.kubernetes.io/instance: {{ .Release.Name }}
{{ include "gondola.commonLabels" . }}
{{ include "gondola.chartLabel" . }}
{{- end }}

{{- define "gondola.commonLabels" -}}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: gondola
app.kubernetes.io/managed-by: {{ .Release.Service }}
gondola.io/environment: {{ .Values.environment }}
gondola.io/owner: {{ .Values.owner }}
gondola.io/cost-center: {{ .Values.costCenter }}
{{- end }}

{{/* (dict "root" $ "image" .Values.image) */}}
{{- define "gondola.image" -}}
{{- if .image.digest -}}
{{ .image.repository }}@{{ .image.digest }}
{{- else -}}
{{ .image.repository }}:{{ .image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end }}

{{/* Services that are on, as a JSON list. */}}
{{- define "gondola.services" -}}
{{- $on := list -}}
{{- range $name := list "ingest" "detect" "api" "collector" -}}
{{- if (index $.Values $name).enabled -}}{{- $on = append $on $name -}}{{- end -}}
{{- end -}}
{{- toJson $on -}}
{{- end }}

{{/* Tasks of upkeep that are on, as a JSON list. */}}
{{- define "gondola.tasks" -}}
{{- $on := list -}}
{{- range $name, $task := .Values.upkeep.tasks -}}
{{- if $task.enabled -}}{{- $on = append $on $name -}}{{- end -}}
{{- end -}}
{{- toJson $on -}}
{{- end }}
