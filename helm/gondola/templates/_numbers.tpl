{{/* What is computed of values: bytes, seconds, instances. */}}

{{/* Bytes of 512Mi or 2Gi; the schema lets no other unit through. */}}
{{- define "gondola.bytes" -}}
{{- $factor := ternary 1073741824 1048576 (hasSuffix "Gi" .) -}}
{{- mul (regexFind "^[0-9]+" . | int64) $factor -}}
{{- end }}

{{/* Kubernetes kills after so long: the pause before SIGTERM, what a service may take to publish, and 5 s to end. Takes a service. */}}
{{- define "gondola.graceSeconds" -}}
{{- if hasKey . "terminationGracePeriodSeconds" -}}
{{- .terminationGracePeriodSeconds -}}
{{- else -}}
{{- add .preStopSeconds (div (add .drainMs 999) 1000) 5 -}}
{{- end -}}
{{- end }}

{{/* The most instances that a service may come to. Takes a service. */}}
{{- define "gondola.instancesMax" -}}
{{- if eq .autoscaling.mode "none" -}}{{- .replicas -}}{{- else -}}{{- .autoscaling.maxReplicas -}}{{- end -}}
{{- end }}

{{/*
The most instances of ingest or detect that have something to do: one for each partition, and one at all where nothing shares the
partitions out. detect may read another stream than ingest (`partitions` of its own). (dict "root" $ "component" NAME)
*/}}
{{- define "gondola.instancesUseful" -}}
{{- $stream := .root.Values.stream -}}
{{- $service := index .root.Values .component -}}
{{- $isShared := true -}}
{{- if eq $stream.broker "kinesis" -}}
{{- $isShared = ne (toString ($stream.kinesis.leases | default "")) "none" -}}
{{- else if eq $stream.broker "event-hubs" -}}
{{- $isShared = hasKey $stream.eventHubs "checkpointStore" -}}
{{- end -}}
{{- if $isShared -}}{{- $service.partitions | default $stream.partitions -}}{{- else -}}1{{- end -}}
{{- end }}

{{/* Whether the number of instances is somebody else's: (dict "root" $ "component" NAME) -> "true" or nothing. */}}
{{- define "gondola.isScaled" -}}
{{- if and (not .root.Values.paused) (ne (index .root.Values .component).autoscaling.mode "none") -}}true{{- end -}}
{{- end }}
