{{/*
What the schema cannot tell: values that do not fit each other. Each refusal names the value and what to do. What may be wanted is a
warning, which NOTES.txt shows.
*/}}

{{- define "gondola.checks" -}}
{{- include "gondola.checkPlace" . -}}
{{- include "gondola.checkNames" . -}}
{{- include "gondola.checkStream" . -}}
{{- range $name := include "gondola.services" . | fromJsonArray -}}
{{- $context := dict "root" $ "component" $name "service" (index $.Values $name) -}}
{{- include "gondola.checkScaling" $context -}}
{{- include "gondola.checkDrain" $context -}}
{{- include "gondola.checkMemory" $context -}}
{{- end -}}
{{- include "gondola.checkSecrets" . -}}
{{- end }}

{{/* Values of one environment never go into the namespace of another. */}}
{{- define "gondola.checkPlace" -}}
{{- $environment := .Values.environment -}}
{{- range $other := without (list "dev" "qa" "prod") $environment -}}
{{- if include "gondola.carries" (dict "name" $.Release.Namespace "environment" $other) -}}
{{- fail (printf "environment: values of %s are not installed into namespace %s" $environment $.Release.Namespace) -}}
{{- end -}}
{{- end -}}
{{- $labels := dig "metadata" "labels" (dict) (lookup "v1" "Namespace" "" .Release.Namespace) -}}
{{- $label := dig "gondola.io/environment" $environment $labels -}}
{{- if ne $label $environment -}}
{{- fail (printf "environment: namespace %s is labelled gondola.io/environment=%s, these values are of %s" .Release.Namespace $label $environment) -}}
{{- end -}}
{{- if and .Values.paused (eq $environment "prod") -}}
{{- fail "paused: prod is not paused; uninstall it, or set enabled: false for what is to end" -}}
{{- end -}}
{{- end }}

{{- define "gondola.checkStream" -}}
{{- $stream := .Values.stream -}}
{{- if and (eq $stream.broker "kafka") (not $stream.kafka.bootstrap) -}}
{{- fail "stream.kafka.bootstrap: must name some of the brokers" -}}
{{- end -}}
{{- if and (eq $stream.broker "event-hubs") (not $stream.eventHubs.namespace) (not $stream.eventHubs.connectionStringFile) -}}
{{- fail "stream.eventHubs.namespace: must be set, or connectionStringFile" -}}
{{- end -}}
{{- if and (eq $stream.broker "kinesis") (not $stream.kinesis.region) (not .Values.env.AWS_REGION) -}}
{{- fail "stream.kinesis.region: must be set, or env.AWS_REGION" -}}
{{- end -}}
{{- end }}

{{- define "gondola.checkScaling" -}}
{{- $scaling := .service.autoscaling -}}
{{- if and (ne $scaling.mode "none") (gt (int $scaling.minReplicas) (int $scaling.maxReplicas)) -}}
{{- fail (printf "%s.autoscaling: minReplicas %v is more than maxReplicas %v" .component $scaling.minReplicas $scaling.maxReplicas) -}}
{{- end -}}
{{- if has .component (list "ingest" "detect") -}}
{{- $most := include "gondola.instancesMax" .service | int -}}
{{- $useful := include "gondola.instancesUseful" . | int -}}
{{- $shares := ne $useful 1 -}}
{{- if and (gt $most $useful) (or (eq .root.Values.environment "prod") (not $shares)) -}}
{{- fail (printf "%s: %d instances, but %d are of use: %s" .component $most $useful (include "gondola.whyInstances" .)) -}}
{{- end -}}
{{- if eq $scaling.mode "keda" -}}{{- include "gondola.checkLag" . -}}{{- end -}}
{{- end -}}
{{- end }}

{{- define "gondola.whyInstances" -}}
{{- $stream := .root.Values.stream -}}
{{- if and (eq $stream.broker "kinesis") (eq (toString ($stream.kinesis.leases | default "")) "none") -}}
stream.kinesis.leases is none, so that one instance reads every shard
{{- else if and (eq $stream.broker "event-hubs") (not (hasKey $stream.eventHubs "checkpointStore")) -}}
stream.eventHubs has no checkpointStore, so that one instance reads every partition
{{- else -}}
each reads whole partitions, and the stream has so many (stream.partitions; {{ .component }}.partitions where it reads another stream)
{{- end -}}
{{- end }}

{{/* What KEDA asks for lag. */}}
{{- define "gondola.checkLag" -}}
{{- $broker := .root.Values.stream.broker -}}
{{- if and (eq $broker "kinesis") (not .root.Values.keda.prometheusUrl) -}}
{{- fail (printf "keda.prometheusUrl: must be set for %s.autoscaling.mode keda: AWS tells the lag of all readers of a stream together, Prometheus that of each" .component) -}}
{{- end -}}
{{- $mechanism := dig "sasl" "mechanism" "" .root.Values.stream.kafka -}}
{{- if and (eq $broker "kafka") $mechanism (ne $mechanism "aws-msk-iam") (not .root.Values.keda.secrets) -}}
{{- fail (printf "keda.secrets: must say where KEDA finds what it signs in to Kafka with (%s): username and password, or what its scaler wants" $mechanism) -}}
{{- end -}}
{{- if and (eq $broker "event-hubs") (or (ne .root.Values.identity.provider "azure") (not .root.Values.stream.eventHubs.namespace)) -}}
{{- fail (printf "%s.autoscaling.mode: keda signs in to Event Hubs by workload identity: set identity.provider azure and stream.eventHubs.namespace, or take mode hpa" .component) -}}
{{- end -}}
{{- end }}

{{/* A pod that is killed before it has published loses time: the next one reads it all again. */}}
{{- define "gondola.checkDrain" -}}
{{- $grace := include "gondola.graceSeconds" .service | int64 -}}
{{- $needed := add (mul .service.preStopSeconds 1000) .service.drainMs -}}
{{- if le (mul $grace 1000) $needed -}}
{{- fail (printf "%s.terminationGracePeriodSeconds: %d s is not longer than preStopSeconds and drainMs together (%d ms)" .component $grace $needed) -}}
{{- end -}}
{{- $drainMsMax := dig "drainMsMax" 20000 .service.config | int64 -}}
{{- if and (eq .component "collector") (gt $drainMsMax (int64 .service.drainMs)) -}}
{{- fail (printf "collector.config.drainMsMax: %d is more than collector.drainMs %d, after which the process is ended" $drainMsMax (int64 .service.drainMs)) -}}
{{- end -}}
{{- end }}

{{/* Memory that a service takes before it does something about it has to be there. */}}
{{- define "gondola.checkMemory" -}}
{{- $limit := include "gondola.bytes" .service.resources.limits.memory | int64 -}}
{{- $request := include "gondola.bytes" .service.resources.requests.memory | int64 -}}
{{- if gt $request $limit -}}
{{- fail (printf "%s.resources: requests.memory %s is more than limits.memory %s" .component .service.resources.requests.memory .service.resources.limits.memory) -}}
{{- end -}}
{{- if has .component (list "ingest" "detect") -}}
{{- $publishes := dig "flush" "memoryBytesMax" (include "gondola.memoryBytesMax" .service | int64) .service.config | int64 -}}
{{- if gt (mul $publishes 10) (mul $limit 9) -}}
{{- fail (printf "%s.config.flush.memoryBytesMax: %d is more than nine tenths of resources.limits.memory %s: the pod is killed before it publishes early" .component $publishes .service.resources.limits.memory) -}}
{{- end -}}
{{- if lt $publishes 268435456 -}}
{{- fail (printf "%s.resources.limits.memory: %s leaves %d bytes before it publishes early; it takes 256 MiB to do anything" .component .service.resources.limits.memory $publishes) -}}
{{- end -}}
{{- else if eq .component "collector" -}}
{{- $queue := dig "queue" "bytesMax" 67108864 .service.config | int64 -}}
{{- if gt (add (mul $queue 2) 134217728) $limit -}}
{{- fail (printf "collector.config.queue.bytesMax: twice %d and 128 MiB for the process are more than resources.limits.memory %s" $queue .service.resources.limits.memory) -}}
{{- end -}}
{{- end -}}
{{- end }}
