{{/* Addresses of the stores: the built-in ones, else those of the values. */}}
{{- define "inferway.databaseUrl" -}}
{{- if .Values.builtIn.postgres.enabled -}}
postgresql://inferway:{{ include "inferway.builtInPassword" . }}@{{ include "inferway.fullname" . }}-postgres:5432/inferway
{{- else -}}
{{ required "secrets.databaseUrl is needed, or secrets.existingSecret" .Values.secrets.databaseUrl }}
{{- end -}}
{{- end -}}

{{- define "inferway.redisUrl" -}}
{{- if .Values.builtIn.redis.enabled -}}
redis://:{{ include "inferway.builtInPassword" . }}@{{ include "inferway.fullname" . }}-redis:6379
{{- else -}}
{{ required "secrets.redisUrl is needed, or secrets.existingSecret" .Values.secrets.redisUrl }}
{{- end -}}
{{- end -}}

{{- define "inferway.builtInPassword" -}}
{{ required "builtIn.password is needed, or secrets.existingSecret" .Values.builtIn.password }}
{{- end -}}

{{- define "inferway.hasBuiltIn" -}}
{{- if or .Values.builtIn.postgres.enabled .Values.builtIn.redis.enabled -}}yes{{- end -}}
{{- end -}}

{{/* As every pod of the chart, under the image's own user. Takes root, user, group. */}}
{{- define "inferway.storeSecurity" -}}
{{- $security := include "inferway.podSecurity" .root | fromYaml -}}
{{- $_ := set $security "securityContext" (merge (dict "runAsUser" .user "runAsGroup" .group "fsGroup" .group) $security.securityContext) -}}
{{ toYaml $security }}
{{- end -}}

{{/* Takes root and image. */}}
{{- define "inferway.storeContainer" -}}
{{- $container := include "inferway.container" (dict "root" .root "program" "gateway") | fromYaml -}}
{{ toYaml (set $container "image" .image) }}
{{- end -}}

{{- define "inferway.storeVolumes" -}}
- name: scratch
  emptyDir: {}
- name: password
  secret:
    secretName: {{ include "inferway.secretName" . }}
    defaultMode: 0440
    items:
      - key: {{ .Values.secrets.keys.builtInPassword }}
        path: password
{{- end -}}

{{/* Takes root and storage. */}}
{{- define "inferway.storeClaim" -}}
- metadata:
    name: data
  spec:
    accessModes: [ReadWriteOnce]
    {{- with .root.Values.builtIn.storageClassName }}
    storageClassName: {{ . }}
    {{- end }}
    resources:
      requests: { storage: {{ .storage }} }
{{- end -}}

{{/* Takes root, component and port. */}}
{{- define "inferway.storeService" }}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "inferway.fullname" .root }}-{{ .component }}
  labels:
    {{- include "inferway.labels" . | nindent 4 }}
spec:
  selector:
    {{- include "inferway.selectorLabels" . | nindent 4 }}
  ports:
    - name: {{ .component }}
      port: {{ .port }}
      targetPort: {{ .component }}
{{- end }}
