{{/* Whole CPUs of a quantity such as 1500m or 2, at least one: as many engines as the program starts by itself. */}}
{{- define "inferway.wholeCpus" -}}
{{- $text := toString . -}}
{{- if hasSuffix "m" $text -}}
{{ max 1 (div (trimSuffix "m" $text | int64) 1000) }}
{{- else -}}
{{ max 1 (floor (float64 $text) | int64) }}
{{- end -}}
{{- end -}}

{{/* Megabytes of a quantity such as 2Gi, 512Mi or 1500M. */}}
{{- define "inferway.megabytes" -}}
{{- $text := toString . -}}
{{- $amount := regexFind "^[0-9.]+" $text | float64 -}}
{{- $unit := regexFind "[A-Za-z]*$" $text -}}
{{- $bytes := dict "" 1 "k" 1000 "M" 1000000 "G" 1000000000 "Ki" 1024 "Mi" 1048576 "Gi" 1073741824 -}}
{{- divf (mulf $amount (get $bytes $unit)) 1000000 | floor | int64 -}}
{{- end -}}

{{/* Fails on a pool whose engines cannot fit: it would be killed under load, again and again. Where all models
     run elsewhere there are none. Takes name and values. */}}
{{- define "inferway.assertMemory" -}}
{{- $elsewhere := regexMatch "^\\*=[^,]+$" (toString .values.settings.REMOTE_MODELS) -}}
{{- $hosts := ternary 0 (include "inferway.engines" .values | int64) $elsewhere -}}
{{- $needed := add 400 (mul $hosts (int64 .values.settings.ENGINE_MAX_RSS_MB)) -}}
{{- $given := include "inferway.megabytes" .values.resources.limits.memory | int64 -}}
{{- if lt $given $needed -}}
{{- fail (printf "pool %s: %d engines of %v MB and the worker need %d MB, and the memory limit is %d MB: raise it, or lower the CPU limit, engineHosts or ENGINE_MAX_RSS_MB" .name $hosts .values.settings.ENGINE_MAX_RSS_MB $needed $given) -}}
{{- end -}}
{{- end -}}
