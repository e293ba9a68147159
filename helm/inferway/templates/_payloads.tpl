{{/* The bucket of large payloads, where there is one; credentials are files, as all secrets are. */}}
{{- define "inferway.payloadEnv" -}}
{{- with .Values.payloads.s3 }}
{{- if .bucket }}
- name: PAYLOAD_S3_BUCKET
  value: {{ .bucket | quote }}
{{- with .endpoint }}
- name: PAYLOAD_S3_ENDPOINT
  value: {{ . | quote }}
{{- end }}
- name: PAYLOAD_S3_REGION
  value: {{ .region | quote }}
- name: PAYLOAD_S3_PREFIX
  value: {{ .prefix | quote }}
{{- if ne (toString .pathStyle) "" }}
- name: PAYLOAD_S3_PATH_STYLE
  value: {{ toString .pathStyle | quote }}
{{- end }}
{{- if .existingSecret }}
- name: AWS_ACCESS_KEY_ID_FILE
  value: /run/secrets/payloads/access-key-id
- name: AWS_SECRET_ACCESS_KEY_FILE
  value: /run/secrets/payloads/secret-access-key
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "inferway.payloadMount" -}}
{{- if and .Values.payloads.s3.bucket .Values.payloads.s3.existingSecret }}
- name: payloads
  mountPath: /run/secrets/payloads
  readOnly: true
{{- end }}
{{- end -}}

{{- define "inferway.payloadVolume" -}}
{{- with .Values.payloads.s3 }}
{{- if and .bucket .existingSecret }}
- name: payloads
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ .keys.accessKeyId }}
        path: access-key-id
      - key: {{ .keys.secretAccessKey }}
        path: secret-access-key
{{- end }}
{{- end }}
{{- end -}}
