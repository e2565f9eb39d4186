{{- define "travelcrawl.labels" -}}
app.kubernetes.io/name: travelcrawl
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "travelcrawl.metadata" -}}
name: {{ .root.Release.Name }}-{{ .component }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "travelcrawl.labels" . | nindent 2 }}
  app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
  app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end }}

{{- define "travelcrawl.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end }}

{{- define "travelcrawl.postgres" -}}
{{ .Values.postgres.external | default (printf "%s-postgres:5432" .Release.Name) }}
{{- end }}

{{- define "travelcrawl.redis" -}}
{{ .Values.redis.external | default (printf "%s-redis:6379" .Release.Name) }}
{{- end }}

{{- /* Nothing runs as root, nothing writes to its image. */}}
{{- define "travelcrawl.podSecurity" -}}
runAsNonRoot: true
runAsUser: {{ . }}
runAsGroup: {{ . }}
fsGroup: {{ . }}
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "travelcrawl.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{- define "travelcrawl.secretKey" -}}
valueFrom: {secretKeyRef: {name: {{ .root.Values.existingSecret }}, key: {{ .key }}{{ if .optional }}, optional: true{{ end }}}}
{{- end }}

{{- /* What every role needs to reach the database and Redis. libpq takes the password from PGPASSWORD, whatever is in it. */}}
{{- define "travelcrawl.environment" -}}
- name: PGPASSWORD
  {{- include "travelcrawl.secretKey" (dict "root" . "key" "DB_PASSWORD") | nindent 2 }}
- name: REDIS_PASSWORD
  {{- include "travelcrawl.secretKey" (dict "root" . "key" "REDIS_PASSWORD") | nindent 2 }}
- name: SECRET_KEY
  {{- include "travelcrawl.secretKey" (dict "root" . "key" "SECRET_KEY") | nindent 2 }}
- name: TRAVELCRAWL_DATABASE_URL
  value: postgresql://{{ .Values.postgres.user }}@{{ include "travelcrawl.postgres" . }}/{{ .Values.postgres.database }}
- name: TRAVELCRAWL_REDIS_URL
  value: {{ ternary "rediss" "redis" .Values.redis.tls }}://:$(REDIS_PASSWORD)@{{ include "travelcrawl.redis" . }}/0
{{- end }}

{{- define "travelcrawl.probes" -}}
startupProbe:
  httpGet: {path: /live, port: metrics}
  periodSeconds: 5
  failureThreshold: 24
livenessProbe:
  httpGet: {path: /live, port: metrics}
  initialDelaySeconds: 60
  periodSeconds: 30
  timeoutSeconds: 10
  failureThreshold: 3
readinessProbe:
  httpGet: {path: /ready, port: metrics}
  initialDelaySeconds: 30
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 3
{{- end }}

{{- define "travelcrawl.antiAffinity" -}}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels:
            {{- include "travelcrawl.labels" . | nindent 12 }}
{{- end }}
