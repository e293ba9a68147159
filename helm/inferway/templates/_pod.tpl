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

{{/* What a pool's container may use. What is not requested by name is requested up to its limit: to lower a limit alone
     must not leave a request above it, and to raise one must not promise engines CPUs that others have. */}}
{{- define "inferway.poolResources" -}}
{{- $resources := deepCopy .resources -}}
{{- $_ := set $resources "requests" (mergeOverwrite (deepCopy .resources.limits) (default dict .resources.requests)) -}}
{{- if .gpu.count -}}
{{- $_ := set $resources.limits .gpu.resourceName (int64 .gpu.count) -}}
{{- end -}}
{{ toYaml $resources }}
{{- end -}}

{{/* Takes name and values: numbers of pods, or parts of all of them such as 25%. */}}
{{- define "inferway.assertRollOut" -}}
{{- if and (regexMatch "^0%?$" (toString .values.maxSurge)) (regexMatch "^0%?$" (toString .values.maxUnavailable)) -}}
{{- fail (printf "pool %s: rollingUpdate: with maxSurge 0 and maxUnavailable 0 no pod could ever be replaced" .name) -}}
{{- end -}}
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
  {{- include "inferway.spread" . | nindent 2 }}
{{- end -}}

{{/* Constraints of the values, else one for nodes and one for zones. One without a selector would count no pod at all, so
     it gets the one of its kind of pod; those of a roll-out are counted by themselves. */}}
{{- define "inferway.spread" -}}
{{- $own := dict "labelSelector" (dict "matchLabels" (include "inferway.selectorLabels" . | fromYaml)) "matchLabelKeys" (list "pod-template-hash") -}}
{{- $constraints := list -}}
{{- range .values.topologySpreadConstraints -}}
{{- $constraints = append $constraints (merge (deepCopy .) (ternary dict $own (hasKey . "labelSelector"))) -}}
{{- else -}}
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" -}}
{{- $constraints = append $constraints (merge (dict "maxSkew" 1 "topologyKey" . "whenUnsatisfiable" "ScheduleAnyway") $own) -}}
{{- end -}}
{{- end -}}
{{ toYaml $constraints }}
{{- end -}}

{{/* Jobs, tests and built-in stores run where gateways may: there may be no other node for them. */}}
{{- define "inferway.gatewayNodes" -}}
{{- with .Values.gateway.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.gateway.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}
