{{/* What the schema cannot refuse well: it would print a secret beside what is wrong with it, or say no more than that
     something must not be. */}}
{{- define "inferway.refusals" -}}
{{- $image := .Values.image -}}
{{- range $where, $tag := dict "image.tag" $image.tag "poolDefaults.image.tag" .Values.poolDefaults.image.tag -}}
{{- include "inferway.refuseLatest" (dict "where" $where "tag" $tag) -}}
{{- end -}}
{{- include "inferway.refuseEnv" (dict "where" "gateway" "env" .Values.gateway.extraEnv) -}}
{{- include "inferway.refuseEnv" (dict "where" "poolDefaults" "env" .Values.poolDefaults.extraEnv) -}}
{{- range .Values.pools -}}
{{- $where := printf "pool %s" .name -}}
{{- include "inferway.refuseEnv" (dict "where" $where "env" .extraEnv) -}}
{{- with .image -}}{{- include "inferway.refuseLatest" (dict "where" (printf "%s: image.tag" $where) "tag" .tag) -}}{{- end -}}
{{- end -}}
{{- $postgres := list "^postgres(ql)?://.+" "begin with postgresql://" -}}
{{- $secrets := dict "secrets.databaseUrl" (prepend $postgres .Values.secrets.databaseUrl) "migration.databaseUrl" (prepend $postgres .Values.migration.databaseUrl) -}}
{{- $_ := set $secrets "secrets.redisUrl" (list .Values.secrets.redisUrl "^rediss?://.+" "begin with redis:// or rediss://") -}}
{{- $_ := set $secrets "secrets.sealKey" (list .Values.secrets.sealKey "^[A-Za-z0-9+/]{43}=$" "be 32 bytes in base64, as `openssl rand -base64 32` writes them") -}}
{{- $_ := set $secrets "builtIn.password" (list .Values.builtIn.password "^[A-Za-z0-9]{16,}$" "be 16 letters and digits or more: it stands in addresses") -}}
{{- range $where, $rule := $secrets -}}
{{- if and (first $rule) (not (regexMatch (index $rule 1) (first $rule))) -}}
{{- fail (printf "%s must %s" $where (last $rule)) -}}
{{- end -}}
{{- end -}}
{{- if .Values.networkPolicy.enabled -}}{{- include "inferway.refuseWalls" . -}}{{- end -}}
{{- end -}}

{{/* What the values ask for and their own network policies would keep out, without a word from anybody. */}}
{{- define "inferway.refuseWalls" -}}
{{- $policy := .Values.networkPolicy -}}
{{- if and .Values.models.pack.url (not $policy.models.ports) -}}
{{- fail "networkPolicy.models.ports: name the port of models.pack.url, or no pod ever gets its models" -}}
{{- end -}}
{{- if and .Values.monitoring.monitors.enabled (not $policy.scrapers) -}}
{{- fail "networkPolicy.scrapers: name Prometheus, or monitoring.monitors read nothing from workers" -}}
{{- end -}}
{{- range prepend .Values.pools .Values.poolDefaults -}}
{{- if and (default dict .settings).REMOTE_MODELS (not $policy.remoteModels.ports) -}}
{{- fail "networkPolicy.remoteModels.ports: name the ports of REMOTE_MODELS, or no worker reaches its engines" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "inferway.refuseLatest" -}}
{{- if eq (toString .tag) "latest" -}}
{{- fail (printf "%s: name a version: `latest` is another image tomorrow" .where) -}}
{{- end -}}
{{- end -}}

{{- define "inferway.refuseEnv" -}}
{{- $ours := "^(HOST|PORT|INFERWAY_.*|(DATABASE_URL|REDIS_URL|SEAL_KEY|AWS_ACCESS_KEY_ID|AWS_SECRET_ACCESS_KEY|AWS_SESSION_TOKEN|REMOTE_HEADERS)(_FILE)?)$" -}}
{{- $where := .where -}}
{{- range .env -}}
{{- if regexMatch $ours .name -}}
{{- fail (printf "%s: extraEnv: %s is the chart's to say: addresses and secrets come from Secrets" $where .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
