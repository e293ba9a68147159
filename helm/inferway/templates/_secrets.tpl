{{- define "inferway.secretName" -}}
{{- default (include "inferway.fullname" .) .Values.secrets.existingSecret -}}
{{- end -}}

{{/* A login of its own for the migration, else the programs' one. A Secret that the chart makes exists only after the
     hooks, so the Job has a copy with nothing but its address. */}}
{{- define "inferway.migrationSecretIsMade" -}}
{{- if not (or .Values.migration.existingSecret (and .Values.secrets.existingSecret (not .Values.migration.databaseUrl))) -}}
yes
{{- end -}}
{{- end -}}

{{- define "inferway.migrationSecretName" -}}
{{- if include "inferway.migrationSecretIsMade" . -}}
{{ include "inferway.fullname" . }}-migrate
{{- else -}}
{{ default .Values.secrets.existingSecret .Values.migration.existingSecret }}
{{- end -}}
{{- end -}}

{{- define "inferway.migrationSecretKey" -}}
{{- if or .Values.migration.existingSecret (include "inferway.migrationSecretIsMade" .) -}}
{{ .Values.migration.databaseUrlKey }}
{{- else -}}
{{ .Values.secrets.keys.databaseUrl }}
{{- end -}}
{{- end -}}

{{/* Secrets are files and never values of the environment, which crash reports and `describe` show. */}}
{{- define "inferway.secretEnv" -}}
- name: DATABASE_URL_FILE
  value: /run/secrets/inferway/database-url
- name: REDIS_URL_FILE
  value: /run/secrets/inferway/redis-url
- name: SEAL_KEY_FILE
  value: /run/secrets/inferway/seal-key
{{- end -}}

{{- define "inferway.secretVolume" -}}
- name: secrets
  secret:
    secretName: {{ include "inferway.secretName" . }}
    defaultMode: 0440
    items:
      - key: {{ .Values.secrets.keys.databaseUrl }}
        path: database-url
      - key: {{ .Values.secrets.keys.redisUrl }}
        path: redis-url
      - key: {{ .Values.secrets.keys.sealKey }}
        path: seal-key
{{- end -}}

{{/* New pods when the chart's own Secret changes. */}}
{{- define "inferway.secretChecksum" -}}
{{- if not .Values.secrets.existingSecret -}}
checksum/secrets: {{ printf "%s\n%s\n%s" (include "inferway.databaseUrl" .) (include "inferway.redisUrl" .) .Values.secrets.sealKey | sha256sum }}
{{- end -}}
{{- end -}}
