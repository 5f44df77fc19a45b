{{/*
Whose a name is. A name carries an environment when one of its words, split at all that is no letter or digit, is the environment: the
rule that the services start by (libs/config/src/environment). Here it is told before anything is installed.
*/}}

{{/* (dict "name" TEXT "environment" NAME) -> "true" or nothing. */}}
{{- define "gondola.carries" -}}
{{- if regexMatch (printf "(^|[^a-z0-9])%s([^a-z0-9]|$)" .environment) (toString .name | lower) -}}true{{- end -}}
{{- end }}

{{/* (dict "root" $ "field" TEXT "name" TEXT "mustCarry" BOOL) */}}
{{- define "gondola.checkName" -}}
{{- $environment := .root.Values.environment -}}
{{- range $other := without (list "dev" "qa" "prod") $environment -}}
{{- if include "gondola.carries" (dict "name" $.name "environment" $other) -}}
{{- fail (printf "%s: %s is of %s, this release is of %s" $.field $.name $other $environment) -}}
{{- end -}}
{{- end -}}
{{- if and .mustCarry (ne $environment "dev") (not (include "gondola.carries" (dict "name" .name "environment" $environment))) -}}
{{- fail (printf "%s: %s does not say that it is of %s; names are <org>-<service>-<env>-<region>-<suffix>" .field (.name | default "(not set)") $environment) -}}
{{- end -}}
{{- end }}

{{/* What may carry one of a host: without its port and last label, of which dev, prod and qa are three of the world's. */}}
{{- define "gondola.hostName" -}}
{{- regexReplaceAll "[.][^.]+$" (regexReplaceAll ":[0-9]+$" . "") "" -}}
{{- end }}

{{/* The same of a URL. */}}
{{- define "gondola.urlName" -}}
{{- $parts := regexReplaceAll "[?#].*$" (regexReplaceAll "^([a-z]+://)?([^/@]*@)?" . "") "" | splitn "/" 2 -}}
{{- include "gondola.hostName" $parts._0 -}}/{{ $parts._1 -}}
{{- end }}

{{- define "gondola.checkNames" -}}
{{- $stream := .Values.stream -}}
{{- $names := list (list "stream.name" $stream.name) (list "stream.signals" $stream.signals) -}}
{{- /* An account or a server may say whose a lake is in the place of its name: the services look at these too. */}}
{{- $isNamedElsewhere := regexMatch "[?&](account|endpoint)=" .Values.lake -}}
{{- include "gondola.checkName" (dict "root" $ "field" "lake" "name" (regexReplaceAll "[?].*$" .Values.lake "") "mustCarry" (not $isNamedElsewhere)) -}}
{{- if eq $stream.broker "kinesis" -}}
{{- if ne (toString ($stream.kinesis.leases | default "")) "none" -}}
{{- $names = append $names (list "stream.kinesis.leases.tablePrefix" (dig "leases" "tablePrefix" "" $stream.kinesis)) -}}
{{- end -}}
{{- with $stream.kinesis.consumerName -}}{{- $names = append $names (list "stream.kinesis.consumerName" .) -}}{{- end -}}
{{- else if eq $stream.broker "event-hubs" -}}
{{- with $stream.eventHubs.namespace -}}{{- $names = append $names (list "stream.eventHubs.namespace" .) -}}{{- end -}}
{{- with $stream.eventHubs.checkpointStore -}}
{{- $names = append $names (list "stream.eventHubs.checkpointStore.container" .container) -}}
{{- end -}}
{{- end -}}
{{- range $component := list "ingest" "detect" "collector" -}}
{{- $own := (index $.Values $component).config.stream | default dict -}}
{{- range $field := list "name" "signals" "consumerGroup" "consumerName" -}}
{{- with index $own $field -}}{{- $names = append $names (list (printf "%s.config.stream.%s" $component $field) .) -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- with .Values.ingest.config.validated -}}
{{- if .name -}}{{- $names = append $names (list "ingest.config.validated.name" .name) -}}{{- end -}}
{{- end -}}
{{- range $name, $secret := .Values.secrets -}}
{{- $names = append $names (list (printf "secrets.%s.secretName" $name) $secret.secretName) -}}
{{- with $secret.external -}}{{- $names = append $names (list (printf "secrets.%s.external.key" $name) .key) -}}{{- end -}}
{{- end -}}
{{- range $component := list "ingest" "detect" "api" "collector" "upkeep" -}}
{{- with (index $.Values $component).identity.roleArn -}}
{{- $names = append $names (list (printf "%s.identity.roleArn" $component) .) -}}
{{- end -}}
{{- end -}}
{{- range $secret := .Values.secrets -}}
{{- if $secret.external -}}
{{- $names = append $names (list "externalSecrets.store.name" $.Values.externalSecrets.store.name) -}}
{{- end -}}
{{- end -}}
{{- range .Values.keda.secrets -}}
{{- $names = append $names (list (printf "keda.secrets, %s" .parameter) .secretName) -}}
{{- end -}}
{{- range $names -}}
{{- include "gondola.checkName" (dict "root" $ "field" (index . 0) "name" (index . 1) "mustCarry" true) -}}
{{- end -}}
{{- include "gondola.checkShared" . -}}
{{- end }}

{{/* What environments may share, and what then carries none: it is never another's. */}}
{{- define "gondola.checkShared" -}}
{{- $names := list
  (list "networkPolicy.dns.namespace" .Values.networkPolicy.dns.namespace)
  (list "networkPolicy.monitoringNamespace" .Values.networkPolicy.monitoringNamespace)
  (list "keda.prometheusUrl" (include "gondola.urlName" .Values.keda.prometheusUrl))
  (list "tracing.endpoint" (include "gondola.urlName" (.Values.tracing.endpoint | default "")))
  (list "upkeep.tasks.silences.config.alertmanager.url" (include "gondola.urlName" (dig "alertmanager" "url" "" .Values.upkeep.tasks.silences.config)))
  (list "registry.name" (.Values.registry.name | default ""))
-}}
{{- range .Values.registry.urls -}}{{- $names = append $names (list "registry.urls" (include "gondola.urlName" .)) -}}{{- end -}}
{{- range .Values.stream.kafka.bootstrap -}}{{- $names = append $names (list "stream.kafka.bootstrap" (include "gondola.hostName" .)) -}}{{- end -}}
{{- range .Values.networkPolicy.ingressNamespaces -}}{{- $names = append $names (list "networkPolicy.ingressNamespaces" .) -}}{{- end -}}
{{- range $purpose, $to := .Values.networkPolicy.destinations -}}
{{- if $to -}}{{- $names = append $names (list (printf "networkPolicy.destinations.%s.namespace" $purpose) ($to.namespace | default "")) -}}{{- end -}}
{{- end -}}
{{- range $component := list "api" "collector" -}}
{{- $expose := (index $.Values $component).expose -}}
{{- $names = append $names (list (printf "%s.expose.host" $component) (include "gondola.hostName" $expose.host)) -}}
{{- $names = append $names (list (printf "%s.expose.tlsSecretName" $component) $expose.tlsSecretName) -}}
{{- $names = append $names (list (printf "%s.expose.gateway" $component) (printf "%s/%s" $expose.gateway.namespace $expose.gateway.name)) -}}
{{- end -}}
{{- range $names -}}
{{- include "gondola.checkName" (dict "root" $ "field" (index . 0) "name" (index . 1) "mustCarry" false) -}}
{{- end -}}
{{- end }}
