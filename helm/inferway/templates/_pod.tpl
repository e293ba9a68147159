{{/* What every pod has in common: the restricted Pod Security Standard, no API token. Service links are off: with a
     release called `inferway` Kubernetes would set INFERWAY_..., and the programs refuse settings they do not know. */}}
{{- define "inferway.podSecurity" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- with .Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 1000
  runAsGroup: 1000
  fsGroup: 1000
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- end -}}

{{/* Takes root, program and, where it is not the chart's image, image. */}}
{{- define "inferway.container" -}}
image: {{ include "inferway.image" . }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{/* Started when it is ready for the first time; alive while its event loop turns, whatever Redis and Postgres do;
     ready when it says so. Takes startTimeoutSeconds. */}}
{{- define "inferway.probes" -}}
startupProbe:
  httpGet: { path: /health/ready, port: http }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: {{ max 1 (div (int .startTimeoutSeconds) 5) }}
livenessProbe:
  httpGet: { path: /health/live, port: http }
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /health/ready, port: http }
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 2
{{- end -}}

{{/* Takes settings and extraEnv. */}}
{{- define "inferway.settings" -}}
{{- range $name, $value := .settings }}
- name: {{ $name }}
  value: {{ ternary (int64 $value | toString) (toString $value) (kindIs "float64" $value) | quote }}
{{- end }}
{{- with .extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Kubernetes' pause before the signal, then twice the program's own timeout (the queue, then the engines), then some. */}}
{{- define "inferway.gracePeriodSeconds" -}}
{{ add 15 (div (mul 2 (int64 .SHUTDOWN_TIMEOUT_MS)) 1000) }}
{{- end -}}

{{/* What a pool's container may use, its GPUs included: of those a request is always the limit. */}}
{{- define "inferway.poolResources" -}}
{{- $resources := deepCopy .resources -}}
{{- if .gpu.count -}}
{{- $_ := set $resources.limits .gpu.resourceName (int64 .gpu.count) -}}
{{- end -}}
{{ toYaml $resources }}
{{- end -}}

{{/* Takes root, component, pool, and of its values: where pods may run. */}}
{{- define "inferway.scheduling" -}}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- $tolerations := .values.tolerations }}
{{- if and .values.gpu .values.gpu.count }}
{{- $tolerations = append $tolerations (dict "key" .values.gpu.resourceName "operator" "Exists" "effect" "NoSchedule") }}
{{- end }}
{{- with $tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
topologySpreadConstraints:
{{- if .values.topologySpreadConstraints }}
  {{- toYaml .values.topologySpreadConstraints | nindent 2 }}
{{- else }}
  {{- $labels := include "inferway.selectorLabels" . }}
  {{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels:
        {{- $labels | nindent 8 }}
  {{- end }}
{{- end }}
{{- end -}}
