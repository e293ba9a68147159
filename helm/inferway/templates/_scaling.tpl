{{/* Engine processes of one pod: as the pool says, else one for each GPU, else the whole CPUs of its limit. */}}
{{- define "inferway.engines" -}}
{{- $cpus := include "inferway.wholeCpus" .resources.limits.cpu | int64 -}}
{{- .engineHosts | int64 | default (.gpu.count | int64) | default $cpus -}}
{{- end -}}

{{/* What a pool's autoscaling must say to be safe. Takes root and values, of which name. */}}
{{- define "inferway.assertScaling" -}}
{{- $pool := .values -}}
{{- $scaling := $pool.autoscaling -}}
{{- if gt (int64 $scaling.minReplicas) (int64 $scaling.maxReplicas) -}}
{{- fail (printf "pool %s: autoscaling.minReplicas is above maxReplicas" $pool.name) -}}
{{- end -}}
{{- if and (not (has "*" $pool.models)) (not $scaling.tasks) -}}
{{- fail (printf "pool %s: autoscaling.tasks: name the tasks of its models, whose backlog it answers for" $pool.name) -}}
{{- end -}}
{{- if eq $scaling.kind "keda" -}}
{{- if not .root.Values.keda.prometheusAddress -}}
{{- fail (printf "pool %s: keda.prometheusAddress is needed: KEDA reads the backlog from Prometheus" $pool.name) -}}
{{- end -}}
{{- else if eq (int64 $scaling.minReplicas) 0 -}}
{{- fail (printf "pool %s: only KEDA scales to zero: autoscaling.kind: keda" $pool.name) -}}
{{- else if gt (int64 $pool.gpu.count) 0 -}}
{{- fail (printf "pool %s: CPU says nothing of a busy GPU: autoscaling.kind: keda" $pool.name) -}}
{{- end -}}
{{- if eq (int64 $scaling.minReplicas) 0 -}}
{{- include "inferway.assertCovered" . -}}
{{- end -}}
{{- end -}}

{{/* What no live worker serves waits, and misses its deadline before the pod that it woke has started: models of a pool at
     zero must also be those of a pool that stays. Takes root and values. */}}
{{- define "inferway.assertCovered" -}}
{{- $staying := list -}}
{{- range .root.Values.pools -}}
{{- $other := mergeOverwrite (deepCopy $.root.Values.poolDefaults) . -}}
{{- if not (and $other.autoscaling.enabled (eq (int64 $other.autoscaling.minReplicas) 0)) -}}
{{- $staying = concat $staying $other.models -}}
{{- end -}}
{{- end -}}
{{- range .values.models -}}
{{- if not (or (has "*" $staying) (has . $staying)) -}}
{{- fail (printf "pool %s: at zero pods nobody would serve %s, and its requests would miss their deadline before the pool is awake: name it in a pool that keeps a pod, too" $.values.name .) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Labels of this release's series in Prometheus, as the monitors attach them. */}}
{{- define "inferway.seriesLabels" -}}
namespace="{{ .Release.Namespace }}",app_kubernetes_io_instance="{{ .Release.Name }}"
{{- end -}}

{{/* Engine-seconds of predicted work that wait for a pool's tasks. Every gateway tells the same of the whole cluster. */}}
{{- define "inferway.backlogQuery" -}}
sum(max by (task) (inferway_queue_backlog_seconds{ {{- include "inferway.seriesLabels" .root -}}
{{- with .values.autoscaling.tasks }},task=~"{{ join "|" . }}"{{ end -}} }))
{{- end -}}

{{/* How many of a pool's engines are at work, on the average of two minutes; none while it has no pod. */}}
{{- define "inferway.busyQuery" -}}
sum(rate(inferway_engine_run_seconds_sum{ {{- include "inferway.seriesLabels" .root }},inferway_pool="{{ .values.name }}"}[2m])) or vector(0)
{{- end -}}

{{/* Up at once, by half as much again or two pods; down slowly, for models take long to be warm. */}}
{{- define "inferway.scalingBehavior" -}}
scaleUp:
  stabilizationWindowSeconds: 0
  policies:
    - { type: Percent, value: 50, periodSeconds: 60 }
    - { type: Pods, value: 2, periodSeconds: 60 }
  selectPolicy: Max
scaleDown:
  stabilizationWindowSeconds: {{ .scaleDownSeconds | int64 }}
  policies:
    - { type: Pods, value: 1, periodSeconds: 60 }
{{- end -}}
