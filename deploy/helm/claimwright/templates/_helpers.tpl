{{- define "claimwright.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- default (ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name)) .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "claimwright.selector" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "claimwright.labels" -}}
{{ include "claimwright.selector" . }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "claimwright.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "claimwright.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "claimwright.fullname" .) }}
{{- else -}}
{{ .Values.serviceAccount.name | default "default" }}
{{- end -}}
{{- end -}}

{{- /* The settings, secrets and files of one process: its own go before those of all. Takes root and part. */ -}}
{{- define "claimwright.merged" -}}
{{- $settings := mergeOverwrite (dict) (deepCopy .root.Values.settings) (deepCopy (.part.settings | default dict)) -}}
{{- $secrets := mergeOverwrite (dict) (deepCopy .root.Values.secrets) (deepCopy (.part.secrets | default dict)) -}}
{{- $files := mergeOverwrite (dict) (deepCopy .root.Values.files) (deepCopy (.part.files | default dict)) -}}
{{- /* Only the migration may own the tables. */ -}}
{{- if ne .name "migrate" }}{{ $secrets = omit $secrets "postgres_owner_dsn" }}{{ end -}}
{{- toJson (dict "settings" $settings "secrets" $secrets "files" $files) -}}
{{- end -}}

{{- define "claimwright.env" -}}
{{- $own := include "claimwright.merged" . | fromJson -}}
- {name: HOME, value: /var/lib/claimwright}
- {name: CLAIMWRIGHT_STATE_DIR, value: /var/lib/claimwright}
- {name: CLAIMWRIGHT_METRICS_HOST, value: 0.0.0.0}
- {name: CLAIMWRIGHT_METRICS_PORT, value: "9464"}
- {name: CLAIMWRIGHT_API_HOST, value: 0.0.0.0}
- {name: CLAIMWRIGHT_API_PORT, value: "8080"}
{{- if not (hasKey $own.settings "log_format") }}
- {name: CLAIMWRIGHT_LOG_FORMAT, value: json}
{{- end }}
{{- $build := include "claimwright.build" .root }}
{{- if and $build (has .name (list "worker" "promote")) (not (hasKey $own.settings "temporal_build_id")) }}
- {name: CLAIMWRIGHT_TEMPORAL_BUILD_ID, value: {{ $build | quote }}}
{{- end }}
{{- range $name, $value := $own.settings }}
- name: CLAIMWRIGHT_{{ upper $name }}
  value: {{ if kindIs "map" $value }}{{ toJson $value | quote }}{{ else if kindIs "float64" $value }}{{ printf "%v" (ternary (int64 $value) $value (eq (floor $value) $value)) | quote }}{{ else }}{{ toString $value | quote }}{{ end }}
{{- end }}
{{- range $name, $_ := $own.secrets }}
- {name: CLAIMWRIGHT_{{ upper $name }}_FILE, value: /run/claimwright/secrets/{{ $name }}}
{{- end }}
{{- range $name, $_ := $own.files }}
- {name: CLAIMWRIGHT_{{ upper $name }}, value: /run/claimwright/files/{{ $name }}}
{{- end }}
{{- with .root.Values.pod.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "claimwright.mounts" -}}
{{- $own := include "claimwright.merged" . | fromJson -}}
- {name: state, mountPath: /var/lib/claimwright}
- {name: tmp, mountPath: /tmp}
{{- if $own.secrets }}
- {name: secrets, mountPath: /run/claimwright/secrets, readOnly: true}
{{- end }}
{{- if $own.files }}
- {name: files, mountPath: /run/claimwright/files, readOnly: true}
{{- end }}
{{- end -}}

{{- define "claimwright.volumes" -}}
{{- $own := include "claimwright.merged" . | fromJson -}}
- {name: state, emptyDir: {sizeLimit: 256Mi}}
- {name: tmp, emptyDir: {sizeLimit: 256Mi}}
{{- if $own.secrets }}
- name: secrets
  projected:
    defaultMode: 288
    sources:
      {{- range $name, $from := $own.secrets }}
      - secret: {name: {{ $from.secret }}, items: [{key: {{ $from.key | quote }}, path: {{ $name }}}]}
      {{- end }}
{{- end }}
{{- if $own.files }}
- name: files
  projected:
    defaultMode: 288
    sources:
      {{- range $name, $from := $own.files }}
      - {{ ternary "secret" "configMap" (hasKey $from "secret") }}: {name: {{ $from.secret | default $from.configMap }}, items: [{key: {{ $from.key | quote }}, path: {{ $name }}}]}
      {{- end }}
{{- end }}
{{- end -}}

{{- define "claimwright.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "claimwright.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end -}}

{{- /* The version of workers for Temporal; empty where workers have no versions. */ -}}
{{- define "claimwright.build" -}}
{{- $settings := mergeOverwrite (dict) (deepCopy .Values.settings) (deepCopy (.Values.processes.worker.settings | default dict)) -}}
{{- if $settings.temporal_deployment -}}
{{ $settings.temporal_build_id | default .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- /* The name of a Deployment; that of a worker with a version has it in its name. Takes root and name. */ -}}
{{- define "claimwright.workload" -}}
{{- $build := include "claimwright.build" .root -}}
{{- include "claimwright.fullname" .root }}-{{ .name }}
{{- if and $build (eq .name "worker") }}-{{ $build | lower | replace "." "-" | replace "_" "-" | trunc 16 | trimSuffix "-" }}{{ end -}}
{{- end -}}
