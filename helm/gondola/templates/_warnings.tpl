{{/* What may be wanted and may be a mistake: lines of NOTES.txt. */}}
{{- define "gondola.warnings" -}}
{{- range $name := list "ingest" "detect" -}}
{{- $service := index $.Values $name -}}
{{- $context := dict "root" $ "component" $name -}}
{{- $most := include "gondola.instancesMax" $service | int -}}
{{- $useful := include "gondola.instancesUseful" $context | int -}}
{{- if and $service.enabled (gt $most $useful) }}
WARNING: {{ $name }} has up to {{ $most }} instances, {{ $useful }} of them useful: {{ include "gondola.whyInstances" $context }}.
{{- end -}}
{{- end -}}
{{- if and (eq .Values.environment "prod") (not .Values.image.digest) }}
WARNING: image.digest is not set: a tag may become another image. Take the digest that was tried in qa.
{{- end -}}
{{- if not .Values.networkPolicy.enabled }}
WARNING: networkPolicy is off: every pod of the cluster may reach these, and these every address.
{{- else if not .Values.networkPolicy.destinations }}
WARNING: networkPolicy.destinations is empty: nothing reaches the broker or the lake.
{{- end -}}
{{- if not .Values.monitoring.enabled }}
WARNING: monitoring is off: nobody is told when the line stands still.
{{- end -}}
{{- if and .Values.api.enabled (ne .Values.api.expose.by "none") }}
{{- if not (dig "access" "proxies" "" .Values.api.config) }}
WARNING: api.config.access.proxies is not set: who tries keys is told from others by the address of the ingress alone.
{{- end -}}
{{- if and (gt (include "gondola.instancesMax" .Values.api | int) 1) (not (has "session.key" (dig "api" "files" (list) .Values.secrets))) }}
WARNING: several instances of api and no session.key in secrets.api: who signed in at one is asked again by the next.
{{- end -}}
{{- end -}}
{{- if and .Values.api.enabled .Values.api.replaysQuarantine (gt (include "gondola.instancesMax" .Values.api | int) 1) }}
WARNING: several instances of api: /quarantine/replays tells of those of the instance that answers. Ask one of them by kubectl port-forward.
{{- end -}}
{{- if .Values.paused }}
WARNING: paused: the broker must keep what comes until this is set back, or it is lost. Compare its retention.
{{- end -}}
{{- if eq .Values.identity.provider "aws" -}}
{{- include "gondola.warnIdentity" (dict "root" . "field" "roleArn") -}}
{{- else if eq .Values.identity.provider "azure" -}}
{{- include "gondola.warnIdentity" (dict "root" . "field" "clientId") -}}
{{- end -}}
{{- $labels := dig "metadata" "labels" (dict) (lookup "v1" "Namespace" "" .Release.Namespace) -}}
{{- if and $labels (ne (dig "pod-security.kubernetes.io/enforce" "" $labels) "restricted") }}
WARNING: namespace {{ .Release.Namespace }} does not enforce Pod Security restricted: helm/namespaces.yaml.
{{- end -}}
{{- end }}

{{- define "gondola.warnIdentity" -}}
{{- range $name := append (include "gondola.services" .root | fromJsonArray) "upkeep" -}}
{{- if not (index (index $.root.Values $name).identity $.field) }}
WARNING: {{ $name }}.identity.{{ $.field }} is not set: its pods have no rights in the cloud.
{{- end -}}
{{- end -}}
{{- end }}
