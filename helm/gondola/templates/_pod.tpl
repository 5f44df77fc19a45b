{{/* What every pod has, whatever runs in it. */}}

{{- define "gondola.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "gondola.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/*
Fields of a pod's spec beside its containers: (dict "root" $ "component" NAME "account" NAME). No pod has a token of the Kubernetes API:
nothing here asks it anything. Cloud identities come as tokens of their own.
*/}}
{{- define "gondola.podCommon" -}}
serviceAccountName: {{ include "gondola.fullname" (dict "root" .root "component" .account) }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext: {{- include "gondola.podSecurity" . | nindent 2 }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with .root.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .root.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .root.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Instances on other nodes and in other zones: (dict "root" $ "component" NAME) */}}
{{- define "gondola.spread" -}}
{{- range $key, $when := dict "kubernetes.io/hostname" .root.Values.topologySpread.node "topology.kubernetes.io/zone" .root.Values.topologySpread.zone }}
- topologyKey: {{ $key }}
  maxSkew: 1
  whenUnsatisfiable: {{ $when }}
  labelSelector:
    matchLabels: {{- include "gondola.selectorLabels" $ | nindent 6 }}
  matchLabelKeys: [pod-template-hash]
{{- end }}
{{- end }}

{{/* Labels of a pod: (dict "root" $ "component" NAME) */}}
{{- define "gondola.podLabels" -}}
{{ include "gondola.selectorLabels" . }}
{{ include "gondola.commonLabels" .root }}
{{- if eq .root.Values.identity.provider "azure" }}
azure.workload.identity/use: 'true'
{{- end }}
{{- end }}

{{/* Environment variables: (dict "root" $ "names" LIST "env" MAP), the names being those by which secrets know who gets them. */}}
{{- define "gondola.env" -}}
{{- range $name, $value := merge (deepCopy .env) .root.Values.env }}
- { name: {{ $name }}, value: {{ $value | quote }} }
{{- end }}
{{- range $secret := .root.Values.secrets }}
{{- if include "gondola.isFor" (dict "secret" $secret "names" $.names) }}
{{- range $variable, $key := $secret.env }}
- name: {{ $variable }}
  valueFrom: { secretKeyRef: { name: {{ $secret.secretName }}, key: {{ $key }} } }
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "gondola.isFor" -}}
{{- range $name := .names -}}{{- if has $name $.secret.services -}}true{{- end -}}{{- end -}}
{{- end }}

{{/* (dict "root" $ "names" LIST "configs" LIST) */}}
{{- define "gondola.volumeMounts" -}}
- { name: tmp, mountPath: /tmp }
{{- range .configs }}
- { name: config-{{ . }}, mountPath: /etc/gondola/{{ . }}.yaml, subPath: {{ . }}.yaml, readOnly: true }
{{- end }}
{{- range $name, $secret := .root.Values.secrets }}
{{- if and $secret.files (include "gondola.isFor" (dict "secret" $secret "names" $.names)) }}
- { name: secret-{{ $name }}, mountPath: /etc/gondola/secrets/{{ $name }}, readOnly: true }
{{- end }}
{{- end }}
{{- end }}

{{/* (dict "root" $ "names" LIST "configs" LIST "tmpSize" TEXT) */}}
{{- define "gondola.volumes" -}}
- name: tmp
  emptyDir: { sizeLimit: {{ .tmpSize }} }
{{- range .configs }}
- name: config-{{ . }}
  configMap: { name: {{ include "gondola.fullname" (dict "root" $.root "component" .) }}, defaultMode: 292 } # 0444
{{- end }}
{{- range $name, $secret := .root.Values.secrets }}
{{- if and $secret.files (include "gondola.isFor" (dict "secret" $secret "names" $.names)) }}
- name: secret-{{ $name }}
  secret:
    secretName: {{ $secret.secretName }}
    defaultMode: 288 # 0440
    items:
    {{- range $secret.files }}
      - { key: {{ . }}, path: {{ . }} }
    {{- end }}
{{- end }}
{{- end }}
{{- end }}
