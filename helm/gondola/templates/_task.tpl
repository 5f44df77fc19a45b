{{/*
A task of upkeep as a CronJob: (dict "root" $ "task" NAME "name" NAME "values" VALUES "containers" YAML [ "initContainers" YAML ]
[ "configs" LIST ]). A run that is late is left out, two never run at a time, and one that fails is tried once more: all tasks may be
killed and run again.
*/}}
{{- define "gondola.cronJob" -}}
{{- $component := dict "root" .root "component" "upkeep" -}}
apiVersion: batch/v1
kind: CronJob
metadata:
  # Jobs get eleven letters more, and may have 63.
  name: {{ include "gondola.fullname" (dict "root" .root "component" .name) | trunc 52 | trimSuffix "-" }}
  labels:
    {{- include "gondola.labels" $component | nindent 4 }}
    gondola.io/task: {{ .task }}
spec:
  schedule: {{ .values.schedule | quote }}
  timeZone: Etc/UTC
  suspend: {{ .root.Values.paused }}
  concurrencyPolicy: Forbid
  startingDeadlineSeconds: 600
  successfulJobsHistoryLimit: 2
  failedJobsHistoryLimit: 3
  jobTemplate:
    spec:
      backoffLimit: 1
      activeDeadlineSeconds: {{ .values.deadlineSeconds }}
      ttlSecondsAfterFinished: 172800
      template:
        metadata:
          labels:
            {{- include "gondola.podLabels" $component | nindent 12 }}
            gondola.io/task: {{ .task }}
          {{- with .root.Values.podAnnotations }}
          annotations: {{- toYaml . | nindent 12 }}
          {{- end }}
        spec:
          {{- include "gondola.podCommon" (dict "root" .root "account" "upkeep") | nindent 10 }}
          restartPolicy: Never
          {{- with .initContainers }}
          initContainers: {{- . | nindent 12 }}
          {{- end }}
          containers: {{- .containers | nindent 12 }}
          volumes: {{- include "gondola.volumes" (dict "root" .root "names" (list .task) "configs" (.configs | default list) "tmpSize" .values.tmpSize) | nindent 12 }}
{{- end }}

{{/* (dict "root" $ "task" NAME "name" CONTAINER "values" VALUES "image" IMAGE "args" LIST [ "configs" LIST ]) */}}
{{- define "gondola.taskContainer" -}}
{{- $parts := dict "root" .root "names" (list .task) "configs" (.configs | default list) "env" .root.Values.upkeep.env -}}
- name: {{ .name }}
  image: {{ include "gondola.image" (dict "root" .root "image" .image) }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  args:
  {{- range .args }}
    - {{ . | toString | quote }}
  {{- end }}
  securityContext: {{- include "gondola.containerSecurity" . | nindent 4 }}
  {{- with include "gondola.env" $parts | trim }}
  env: {{- . | nindent 4 }}
  {{- end }}
  resources: {{- toYaml .values.resources | nindent 4 }}
  volumeMounts: {{- include "gondola.volumeMounts" $parts | nindent 4 }}
{{- end }}

{{/* What every task that keeps tables is told; bronze's keys where ingest encrypts by them. Takes the root, gives a JSON list. */}}
{{- define "gondola.lakeArgs" -}}
{{- $args := list "--lake" .Values.lake "--environment" .Values.environment -}}
{{- with dig "bronze" "encryption" "keyFile" "" .Values.ingest.config -}}
{{- $args = concat $args (list "--keys" .) -}}
{{- end -}}
{{- toJson $args -}}
{{- end }}
