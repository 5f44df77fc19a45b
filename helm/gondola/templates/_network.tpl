{{/* Pieces of network policies. (dict "root" $ "component" NAME) */}}

{{- define "gondola.egress" -}}
- to:
    - namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: {{ .root.Values.networkPolicy.dns.namespace }} } }
      podSelector: { matchLabels: {{ toJson .root.Values.networkPolicy.dns.podLabels }} }
  ports: [{ port: 53, protocol: UDP }, { port: 53, protocol: TCP }]
{{- range $purpose, $to := .root.Values.networkPolicy.destinations }}
{{- if and $to (has $.component $to.services) }}
# {{ $purpose }}
- to:
  {{- range $to.cidrs }}
    - ipBlock: { cidr: {{ . }}{{ with $to.except }}, except: {{ toJson . }}{{ end }} }
  {{- end }}
  {{- with $to.namespace }}
    - namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: {{ . }} } }
      {{- with $to.podLabels }}
      podSelector: { matchLabels: {{ toJson . }} }
      {{- end }}
  {{- end }}
  ports:
  {{- range $to.ports }}
    - { port: {{ . }}, protocol: TCP }
  {{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "gondola.ingressRules" -}}
- from:
    - namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: {{ .root.Values.networkPolicy.monitoringNamespace }} } }
    - podSelector: { matchLabels: {{ include "gondola.selectorLabels" (dict "root" .root "component" "test") | fromYaml | toJson }} }
  {{- if has .component (list "api" "collector") }}
  {{- if ne (index .root.Values .component).expose.by "none" }}
  {{- range .root.Values.networkPolicy.ingressNamespaces }}
    - namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: {{ . }} } }
  {{- end }}
  {{- end }}
  {{- end }}
  ports: [{ port: 8080, protocol: TCP }]
{{- end }}
