{{- define "inferway.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What a Deployment selects by; it can never change. Takes root, component and, of a worker, pool. */}}
{{- define "inferway.selectorLabels" -}}
app.kubernetes.io/name: {{ default .root.Chart.Name .root.Values.nameOverride | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- with .pool }}
inferway/pool: {{ . }}
{{- end }}
{{- end -}}

{{- define "inferway.labels" -}}
{{ include "inferway.selectorLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* What the public may ask for, the first exactly and the others with what lies below: all but /metrics. */}}
{{- define "inferway.publicPaths" -}}
[/, /v1, /v2, /graphql, /docs, /openapi.json, /health]
{{- end -}}

{{/* Takes root, program (a key of values' image) and, of a pool with an image of its own, image. */}}
{{- define "inferway.image" -}}
{{- $values := .root.Values.image -}}
{{- $image := get $values .program -}}
{{- $repository := printf "%s/%s" $values.registry $image.repository | trimPrefix "/" -}}
{{- $tag := $values.tag -}}
{{- with .image -}}
{{- if .repository -}}
{{- $image = . -}}
{{- $repository = .repository -}}
{{- $tag = .tag -}}
{{- end -}}
{{- end -}}
{{- if $image.digest -}}
{{ $repository }}@{{ $image.digest }}
{{- else -}}
{{ $repository }}:{{ default .root.Chart.AppVersion $tag }}
{{- end -}}
{{- end -}}

{{- define "inferway.serviceAccountName" -}}
{{- default (include "inferway.fullname" .) .Values.serviceAccount.name -}}
{{- end -}}
