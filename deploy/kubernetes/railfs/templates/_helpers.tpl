{{- define "railfs.name" -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "railfs.image" -}}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) -}}
{{- end }}

{{- define "railfs.labels" -}}
app.kubernetes.io/name: railfs
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* Labels by which pods of a component are found; argument: list of root and component. */ -}}
{{- define "railfs.selector" -}}
app.kubernetes.io/name: railfs
app.kubernetes.io/instance: {{ (index . 0).Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end }}

{{- /* What all pods have. */ -}}
{{- define "railfs.pod" -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- end }}

{{- define "railfs.container" -}}
image: {{ include "railfs.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- end }}

{{- /* The network of a component: the common one with the component's laid over it, as YAML. */ -}}
{{- define "railfs.network" -}}
{{- $common := deepCopy (index . 0).Values.network -}}
{{- $own := deepCopy ((index . 1) | default dict) -}}
{{- toYaml (mergeOverwrite $common $own) -}}
{{- end }}

{{- /* Whether a mode makes networks of its rails. */ -}}
{{- define "railfs.network.makes" -}}
{{- if has . (list "macvlan" "sriov" "ib-sriov" "ipoib" "hostdevice" "spiderpool") }}true{{ end -}}
{{- end }}

{{- /* Refuses what excludes each other; arguments: name of the component, its network. */ -}}
{{- define "railfs.network.check" -}}
{{- $of := index . 0 -}}
{{- $net := index . 1 -}}
{{- $makes := include "railfs.network.makes" $net.mode -}}
{{- if and $makes (not $net.rails) -}}
{{- fail (printf "%s: network.mode %s makes networks of network.rails, and there are none" $of $net.mode) -}}
{{- end -}}
{{- if and (not $makes) $net.rails -}}
{{- fail (printf "%s: network.rails are for modes that make networks, not for network.mode %s" $of $net.mode) -}}
{{- end -}}
{{- if and (has $net.mode (list "multus" "default")) (not $net.networks) -}}
{{- fail (printf "%s: network.mode %s needs network.networks" $of $net.mode) -}}
{{- end -}}
{{- if and (not (has $net.mode (list "multus" "default"))) $net.networks -}}
{{- fail (printf "%s: network.networks are for network.mode multus or default, not %s" $of $net.mode) -}}
{{- end -}}
{{- if and (eq $net.mode "default") (gt (len $net.networks) 1) -}}
{{- fail (printf "%s: network.mode default replaces eth0 by one network; name the others by mode multus" $of) -}}
{{- end -}}
{{- if and $net.devices (ne $net.mode "host") -}}
{{- fail (printf "%s: network.devices are interfaces of the node, for network.mode host; in a pod they are net1, net2, ..." $of) -}}
{{- end -}}
{{- if and (eq $net.mode "host") $net.resources -}}
{{- fail (printf "%s: network.resources are granted to pods with a network of their own, not with network.mode host" $of) -}}
{{- end -}}
{{- range $net.rails -}}
{{- if and (has $net.mode (list "macvlan" "ipoib")) (not .master) -}}
{{- fail (printf "%s: rail %s needs the interface of the node it is on: master" $of .name) -}}
{{- end -}}
{{- if and (has $net.mode (list "sriov" "ib-sriov" "hostdevice")) (not .resourceName) -}}
{{- fail (printf "%s: rail %s needs resourceName, the resource of its device plugin" $of .name) -}}
{{- end -}}
{{- if and (has $net.mode (list "macvlan" "sriov" "ib-sriov" "ipoib" "hostdevice")) .ippools -}}
{{- fail (printf "%s: rail %s has ippools, which network.mode spiderpool has; use ipam with %s" $of .name $net.mode) -}}
{{- end -}}
{{- if and (eq $net.mode "macvlan") (eq (.linkType | default "ethernet") "infiniband") -}}
{{- fail (printf "%s: rail %s is InfiniBand, which has no macvlan; use ipoib or ib-sriov" $of .name) -}}
{{- end -}}
{{- if and (eq $net.mode "ipoib") $net.rdma (not $net.resources) -}}
{{- fail (printf "%s: RDMA beside ipoib needs the shared device in network.resources, such as rdma/rdma_shared_device_a: 1" $of) -}}
{{- end -}}
{{- end -}}
{{- if eq $net.mode "spiderpool" -}}
{{- $cni := $net.spiderpool.cniType -}}
{{- range $net.rails -}}
{{- if and (has $cni (list "macvlan" "ipoib")) (not .master) -}}
{{- fail (printf "%s: rail %s needs master, the interface of the node, with cniType %s" $of .name $cni) -}}
{{- end -}}
{{- if and (has $cni (list "sriov" "ib-sriov")) (not .resourceName) -}}
{{- fail (printf "%s: rail %s needs resourceName with cniType %s" $of .name $cni) -}}
{{- end -}}
{{- if .ipam -}}
{{- fail (printf "%s: rail %s has ipam; with Spiderpool addresses come from ippools" $of .name) -}}
{{- end -}}
{{- if and $net.spiderpool.createPools (not .subnet) -}}
{{- fail (printf "%s: rail %s needs its subnet, as spiderpool.createPools is true" $of .name) -}}
{{- end -}}
{{- if and $net.spiderpool.podPools .matchMasterSubnet -}}
{{- fail (printf "%s: rail %s: matchMasterSubnet picks the pool by the node, so the pod cannot name it (spiderpool.podPools)" $of .name) -}}
{{- end -}}
{{- end -}}
{{- if and $net.spiderpool.inject $net.spiderpool.podPools -}}
{{- fail (printf "%s: with spiderpool.inject the webhook refuses pods that name their pools (spiderpool.podPools)" $of) -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- /* Names of the interfaces that carry data, as a JSON list. */ -}}
{{- define "railfs.network.devices" -}}
{{- $net := . -}}
{{- $devices := list -}}
{{- if eq $net.mode "host" -}}
{{- $devices = $net.devices -}}
{{- else if eq $net.mode "multus" -}}
{{- range $i, $one := $net.networks -}}
{{- $devices = append $devices ($one.interface | default (printf "net%d" (add $i 1))) -}}
{{- end -}}
{{- else if include "railfs.network.makes" $net.mode -}}
{{- range $i, $one := $net.rails -}}
{{- $devices = append $devices (printf "net%d" (add $i 1)) -}}
{{- end -}}
{{- end -}}
{{- toJson ($devices | default list) -}}
{{- end }}

{{- /* Name of the network of a rail; arguments: root, rail. */ -}}
{{- define "railfs.rail" -}}
{{- printf "%s-%s" (include "railfs.name" (index . 0)) (index . 1).name -}}
{{- end }}

{{- define "railfs.network.namespace" -}}
{{- (index . 1).namespace | default (index . 0).Release.Namespace -}}
{{- end }}

{{- /* Value of the annotation by which Spiderpool's webhook joins pods and networks. */ -}}
{{- define "railfs.inject" -}}
{{- printf "%s-%s" .Release.Namespace (include "railfs.name" .) -}}
{{- end }}

{{- /* Annotations of a pod for its networks; arguments: root, network. */ -}}
{{- define "railfs.network.annotations" -}}
{{- $root := index . 0 -}}
{{- $net := index . 1 -}}
{{- $namespace := include "railfs.network.namespace" . -}}
{{- $wanted := list -}}
{{- if eq $net.mode "multus" -}}
{{- range $i, $one := $net.networks -}}
{{- $wanted = append $wanted (dict "name" $one.name "namespace" ($one.namespace | default $namespace) "interface" ($one.interface | default (printf "net%d" (add $i 1)))) -}}
{{- end -}}
{{- else if include "railfs.network.makes" $net.mode -}}
{{- range $i, $one := $net.rails -}}
{{- $wanted = append $wanted (dict "name" (include "railfs.rail" (list $root $one)) "namespace" $namespace "interface" (printf "net%d" (add $i 1))) -}}
{{- end -}}
{{- end -}}
{{- if eq $net.mode "default" }}
{{- $one := first $net.networks }}
v1.multus-cni.io/default-network: {{ printf "%s/%s" ($one.namespace | default $namespace) $one.name }}
{{- else if and (eq $net.mode "spiderpool") $net.spiderpool.inject }}
cni.spidernet.io/{{ $net.spiderpool.inject }}: {{ include "railfs.inject" $root }}
{{- else if $wanted }}
{{- if eq $net.format "json" }}
k8s.v1.cni.cncf.io/networks: {{ toJson $wanted | quote }}
{{- else }}
{{- $words := list }}
{{- range $wanted }}
{{- $words = append $words (printf "%s/%s@%s" .namespace .name .interface) }}
{{- end }}
k8s.v1.cni.cncf.io/networks: {{ join ", " $words | quote }}
{{- end }}
{{- if and (eq $net.mode "spiderpool") $net.spiderpool.podPools }}
{{- $pools := list }}
{{- range $i, $one := $net.rails }}
{{- $pool := dict "interface" (printf "net%d" (add $i 1)) "cleangateway" true }}
{{- range $family, $names := $one.ippools }}
{{- if $names }}
{{- $_ := set $pool $family $names }}
{{- end }}
{{- end }}
{{- $pools = append $pools $pool }}
{{- end }}
ipam.spidernet.io/ippools: {{ toJson $pools | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- /* Resources of a container with those of its network; arguments: network, resources. */ -}}
{{- define "railfs.network.resources" -}}
{{- $net := index . 0 -}}
{{- $all := deepCopy (index . 1) -}}
{{- $granted := dict -}}
{{- range $name, $count := $net.resources -}}
{{- $_ := set $granted $name (int $count) -}}
{{- end -}}
{{- $isInjected := and (eq $net.mode "spiderpool") $net.spiderpool.inject -}}
{{- if not $isInjected -}}
{{- range $net.rails -}}
{{- if .resourceName -}}
{{- $isShared := or (eq $net.mode "macvlan") (and (eq $net.mode "spiderpool") (eq $net.spiderpool.cniType "macvlan")) -}}
{{- $_ := set $granted .resourceName (ternary 1 (add 1 (get $granted .resourceName | default 0)) $isShared) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if $granted -}}
{{- $_ := set $all "requests" (merge (get $all "requests" | default dict) $granted) -}}
{{- $_ := set $all "limits" (merge (get $all "limits" | default dict) $granted) -}}
{{- end -}}
{{- toJson $all -}}
{{- end }}

{{- /* Where the workers are, as settings below railfs. */ -}}
{{- define "railfs.membership" -}}
{{- if .Values.etcd.endpoints }}
railfs.membership { type = etcd, etcd.endpoints = {{ toJson .Values.etcd.endpoints }} }
{{- end }}
{{- end }}

{{- define "railfs.workers" -}}
{{- if not .Values.etcd.endpoints }}
railfs.workers = {{ toJson (.Values.workers | default (list (printf "dns:%s-worker.%s.svc:29999" (include "railfs.name" .) .Release.Namespace))) }}
{{- end }}
{{- end }}

{{- /* Settings that all processes have. */ -}}
{{- define "railfs.conf" -}}
railfs.log { level = {{ .Values.log.level }}, format = {{ .Values.log.format }} }
{{- if .Values.security.secretName }}
railfs.security.secret-file = "/run/railfs-security/secret/secret"
{{- end }}
{{- if .Values.security.tls.secretName }}
railfs.security.tls {
  enabled = true
  certificate = "/run/railfs-security/tls/tls.crt"
  key = "/run/railfs-security/tls/tls.key"
  ca = "/run/railfs-security/tls/ca.crt"
}
{{- end }}
{{- include "railfs.membership" . }}
{{- end }}

{{- define "railfs.settings" -}}
{{- range $key, $value := . }}
railfs.{{ $key }} = {{ toJson $value }}
{{- end }}
{{- end }}

{{- define "railfs.security.volumes" -}}
{{- if .Values.security.secretName }}
- name: security-secret
  secret: {secretName: {{ .Values.security.secretName }}, defaultMode: 0400}
{{- end }}
{{- if .Values.security.tls.secretName }}
- name: security-tls
  secret: {secretName: {{ .Values.security.tls.secretName }}, defaultMode: 0400}
{{- end }}
{{- end }}

{{- define "railfs.security.mounts" -}}
{{- if .Values.security.secretName }}
- {name: security-secret, mountPath: /run/railfs-security/secret, readOnly: true}
{{- end }}
{{- if .Values.security.tls.secretName }}
- {name: security-tls, mountPath: /run/railfs-security/tls, readOnly: true}
{{- end }}
{{- end }}

{{- /* Names of the mounts that the node plugin makes, as a JSON list. */ -}}
{{- define "railfs.handover" -}}
{{- $names := list -}}
{{- range .Values.mounts -}}
{{- if (mergeOverwrite (deepCopy $.Values.mountDefaults) (deepCopy .)).unprivileged -}}
{{- $names = append $names .name -}}
{{- end -}}
{{- end -}}
{{- toJson ($names | default list) -}}
{{- end }}
