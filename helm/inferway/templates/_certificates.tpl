{{/* Certificates of authorities that programs trust beside the public ones: a private one behind Postgres, Redis, the
     bucket, remote models or a receiver of traces. */}}
{{- define "inferway.certificateEnv" -}}
{{- if .Values.trustedCertificates.existingConfigMap }}
- name: NODE_EXTRA_CA_CERTS
  value: /run/certificates/ca.crt
{{- end }}
{{- end -}}

{{- define "inferway.certificateMount" -}}
{{- if .Values.trustedCertificates.existingConfigMap }}
- name: certificates
  mountPath: /run/certificates
  readOnly: true
{{- end }}
{{- end -}}

{{- define "inferway.certificateVolume" -}}
{{- with .Values.trustedCertificates }}
{{- if .existingConfigMap }}
- name: certificates
  configMap:
    name: {{ .existingConfigMap }}
    items:
      - key: {{ .key }}
        path: ca.crt
{{- end }}
{{- end }}
{{- end -}}
