{{/* Up at once, down one by one: each change hands partitions over, and who takes one reads some of it again. */}}
{{- define "gondola.scalingBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 30
  policies: [{ type: Percent, value: 100, periodSeconds: 60 }]
scaleDown:
  stabilizationWindowSeconds: 600
  policies: [{ type: Pods, value: 1, periodSeconds: 120 }]
{{- end }}

{{/* Under which name ingest or detect reads, for the broker: (dict "root" $ "component" NAME) */}}
{{- define "gondola.reader" -}}
{{- $own := (index .root.Values .component).config.stream | default dict -}}
{{- $own.consumerGroup | default (printf "gondola-%s-%s" .component .root.Values.environment) -}}
{{- end }}

{{/* The stream that a pipeline reads. */}}
{{- define "gondola.readStream" -}}
{{- $own := (index .root.Values .component).config.stream | default dict -}}
{{- $own.name | default .root.Values.stream.name -}}
{{- end }}

{{/* What KEDA asks how far a pipeline is behind, by broker. */}}
{{- define "gondola.lagTrigger" -}}
{{- include (printf "gondola.lagTrigger.%s" .root.Values.stream.broker) . -}}
{{- end }}

{{/* The group's committed offsets follow the lake: what is behind them is not in the lake yet. */}}
{{- define "gondola.lagTrigger.kafka" -}}
type: kafka
metadata:
  bootstrapServers: {{ .root.Values.stream.kafka.bootstrap | join "," | quote }}
  consumerGroup: {{ include "gondola.reader" . }}
  topic: {{ include "gondola.readStream" . }}
  lagThreshold: {{ .scaling.lagRecords | quote }}
  offsetResetPolicy: earliest
  {{- if hasKey .root.Values.stream.kafka "tls" }}
  tls: enable
  {{- end }}
  {{- with .root.Values.stream.kafka.sasl }}
  sasl: {{ get (dict "plain" "plaintext" "scram-sha-256" "scram_sha256" "scram-sha-512" "scram_sha512" "event-hubs" "plaintext") .mechanism | default "oauthbearer" }}
  {{- if eq .mechanism "aws-msk-iam" }}
  saslTokenProvider: aws_msk_iam
  awsRegion: {{ .region }}
  {{- end }}
  {{- end }}
  {{- with .root.Values.keda.metadata }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- if include "gondola.hasTriggerAuthentication" .root }}
authenticationRef: { name: {{ include "gondola.fullname" (dict "root" .root "component" "keda") }} }
{{- end }}
{{- end }}

{{/* KEDA has no lag of Kinesis (its scaler counts shards), and AWS's metric is that of the slowest reader of all: ours tells each apart. */}}
{{- define "gondola.lagTrigger.kinesis" -}}
type: prometheus
metadata:
  serverAddress: {{ .root.Values.keda.prometheusUrl | quote }}
  query: max(gondola_lag_seconds{environment="{{ .root.Values.environment }}",pipeline="{{ .component }}"})
  threshold: {{ .scaling.lagSeconds | quote }}
  ignoreNullValues: 'false'
  {{- with .root.Values.keda.metadata }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- if include "gondola.hasTriggerAuthentication" .root }}
authenticationRef: { name: {{ include "gondola.fullname" (dict "root" .root "component" "keda") }} }
{{- end }}
{{- end }}

{{- define "gondola.lagTrigger.event-hubs" -}}
{{- $hubs := .root.Values.stream.eventHubs -}}
type: azure-eventhub
metadata:
  eventHubNamespace: {{ regexReplaceAll "[.].*$" $hubs.namespace "" }}
  eventHubName: {{ include "gondola.readStream" . }}
  consumerGroup: {{ include "gondola.reader" . }}
  unprocessedEventThreshold: {{ .scaling.lagRecords | quote }}
  checkpointStrategy: blobMetadata
  blobContainer: {{ $hubs.checkpointStore.container }}
  {{- with $hubs.checkpointStore.account }}
  storageAccountName: {{ . }}
  {{- end }}
  {{- with .root.Values.keda.metadata }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
authenticationRef: { name: {{ include "gondola.fullname" (dict "root" .root "component" "keda") }} }
{{- end }}

{{/* Whether a ScaledObject is there at all: "true" or nothing. */}}
{{- define "gondola.usesKeda" -}}
{{- range $name := list "ingest" "detect" -}}
{{- $service := index $.Values $name -}}
{{- if and $service.enabled (eq $service.autoscaling.mode "keda") (not $.Values.paused) -}}true{{- end -}}
{{- end -}}
{{- end }}

{{- define "gondola.hasTriggerAuthentication" -}}
{{- if and (include "gondola.usesKeda" .) (or .Values.keda.secrets (eq .Values.stream.broker "event-hubs") (include "gondola.usesMskIam" .)) -}}true{{- end -}}
{{- end }}

{{- define "gondola.usesMskIam" -}}
{{- if and (eq .Values.stream.broker "kafka") (eq (dig "sasl" "mechanism" "" .Values.stream.kafka) "aws-msk-iam") -}}true{{- end -}}
{{- end }}
