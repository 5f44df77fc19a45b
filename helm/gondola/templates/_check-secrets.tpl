{{/* Files that configurations and commands name must come from a Secret, for that very pod: one that lacks them never starts. */}}

{{- define "gondola.checkSecrets" -}}
{{- range $name := include "gondola.services" . | fromJsonArray -}}
{{- $text := include "gondola.config" (dict "root" $ "component" $name "config" (index $.Values $name).config) -}}
{{- include "gondola.checkFiles" (dict "root" $ "text" $text "service" $name) -}}
{{- end -}}
{{- include "gondola.checkJudges" . -}}
{{- range $name, $secret := .Values.secrets -}}
{{- if and $secret.external (not $.Values.externalSecrets.store.name) -}}
{{- fail (printf "externalSecrets.store.name: must be set, secrets.%s is external" $name) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* Who reads what ingest wrote needs of its files those by which it judges, and not those of its stream. */}}
{{- define "gondola.checkJudges" -}}
{{- $ingest := include "gondola.config" (dict "root" . "component" "ingest" "config" .Values.ingest.config) | fromYaml -}}
{{- $keys := pick $ingest "bronze" | toYaml -}}
{{- $judges := pick $ingest "bronze" "masking" "registry" | toYaml -}}
{{- range $name := list "compact" "vacuum" "expire" -}}
{{- if (index $.Values.upkeep.tasks $name).enabled -}}
{{- include "gondola.checkFiles" (dict "root" $ "text" $keys "service" $name) -}}
{{- end -}}
{{- end -}}
{{- $tasks := .Values.upkeep.tasks -}}
{{- if $tasks.reconcile.enabled -}}
{{- include "gondola.checkFiles" (dict "root" . "text" $judges "service" "reconcile") -}}
{{- end -}}
{{- if $tasks.silences.enabled -}}
{{- if not (dig "alertmanager" "url" "" $tasks.silences.config) -}}
{{- fail "upkeep.tasks.silences.config.alertmanager.url: must be set" -}}
{{- end -}}
{{- include "gondola.checkFiles" (dict "root" . "text" (toYaml $tasks.silences.config) "service" "silences") -}}
{{- end -}}
{{- if and .Values.api.enabled .Values.api.replaysQuarantine -}}
{{- $read := pick $ingest "bronze" "masking" "registry" "validated" -}}
{{- include "gondola.checkFiles" (dict "root" . "text" (toYaml $read) "service" "api") -}}
{{- end -}}
{{- range $what, $switch := dict "verdicts" "takesVerdicts" "quarantine" "replaysQuarantine" -}}
{{- if and (dig $what "tokenFile" "" $.Values.api.config) (not (index $.Values.api $switch)) -}}
{{- fail (printf "api.%s: must be true where api.config.%s.tokenFile is set" $switch $what) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{/* (dict "root" $ "text" YAML "service" NAME): every file under /etc/gondola/secrets that the text names. */}}
{{- define "gondola.checkFiles" -}}
{{- range regexFindAll "/etc/gondola/secrets/[A-Za-z0-9._/-]+" .text -1 -}}
{{- $parts := splitList "/" . -}}
{{- $secret := index $.root.Values.secrets (index $parts 4) | default dict -}}
{{- $file := last $parts -}}
{{- if not (and (has $file ($secret.files | default list)) (has $.service ($secret.services | default list))) -}}
{{- fail (printf "secrets.%s: must name a Secret with the file %s and have %s among its services, as its configuration names %s" (index $parts 4) $file $.service .) -}}
{{- end -}}
{{- end -}}
{{- end }}
