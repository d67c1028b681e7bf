// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.apps.DaemonSet;
import io.fabric8.kubernetes.api.model.apps.StatefulSet;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The chart by the real helm: what it renders of many values is known to the Kubernetes API, field
 * for field, and its conf files to RailFS; what excludes each other is refused.
 */
final class ChartTest {
  /** A folder of CustomResourceDefinitions to check against besides; none is needed. */
  private static final Optional<Path> CRDS =
      Optional.ofNullable(System.getProperty("railfs.crds")).map(Path::of);

  private static final String BASE =
      """
      worker: {ufs: "s3://bucket/prefix"}
      mounts: [{name: data}]
      """;

  private static final String RAILS =
      """
        rails:
          - {name: rail0, master: ib0, resourceName: nvidia.com/rail0, ipam: {type: nv-ipam, poolName: rail0}}
          - {name: rail1, master: ib1, resourceName: nvidia.com/rail1, mtu: 4092, ipam: {type: nv-ipam, poolName: rail1}}
      """;

  private static final String SPIDER_RAILS =
      """
        rails:
          - {name: rail0, master: ib0, resourceName: spidernet.io/rail0, ippools: {ipv4: [pool0]}}
          - {name: rail1, master: ib1, resourceName: spidernet.io/rail1, ippools: {ipv4: [pool1], ipv6: [six1]}}
      """;

  private static final Map<String, String> MATRIX = matrix();

  private static Map<String, String> matrix() {
    Map<String, String> cases = new LinkedHashMap<>();
    cases.put("the least", BASE);
    cases.put("workers alone", "worker: {ufs: \"s3://bucket/prefix\"}\n");
    cases.put(
        "mounts of other workers",
        """
        worker: {enabled: false}
        workers: ["dns:cache.other.svc"]
        mounts: [{name: a}, {name: b}]
        """);
    cases.put("etcd", BASE + "etcd: {endpoints: [\"http://etcd:2379\"]}\n");
    cases.put(
        "everything",
        """
        worker:
          ufs: file:///datasets
          ufsOptions: {}
          settings: {worker.block-size: 8MiB, fabric.require-infiniband: false}
          store: {capacity: 1TiB}
          credentialsSecretName: bucket
          volumes: [{name: datasets, nfs: {server: nas, path: /datasets}}]
          volumeMounts: [{name: datasets, mountPath: /datasets, readOnly: true}]
          nodeSelector: {cache: "true"}
          resources: {requests: {cpu: "2", memory: 2Gi}, limits: {memory: 2Gi}}
          podAnnotations: {a: b}
          podLabels: {c: d}
          priorityClassName: high
        mounts:
          - {name: data, memoryLimit: 8GiB, settings: {mount.attribute-timeout: 1h}, nodeSelector: {gpu: "true"}}
        imagePullSecrets: [{name: registry}]
        security: {secretName: railfs, tls: {secretName: railfs-tls}}
        csi:
          enabled: true
          startupTaint: csi.railfs.io/agent-not-ready
          provisioner: {enabled: true}
          storageClasses: [{name: imagenet, mount: data, path: /imagenet, volumeBindingMode: WaitForFirstConsumer}]
          volumes: [{name: models, namespace: jobs, mount: data, path: /models}]
        load: [{name: imagenet, paths: [/imagenet, /models]}]
        networkPolicy: {enabled: true, from: [{namespaceSelector: {}}]}
        monitoring: {podMonitor: true, serviceMonitor: true, dashboard: true, alerts: true, labels: {release: p}}
        log: {level: debug, format: text}
        """);
    cases.put(
        "StatefulSet",
        """
        worker: {kind: StatefulSet, ufs: "s3://b", replicas: 5, store: {size: 1Ti, storageClassName: nvme}}
        mounts: [{name: data}]
        """);
    cases.put(
        "unprivileged mounts",
        """
        worker: {ufs: "s3://bucket/prefix"}
        mounts: [{name: a}, {name: b, unprivileged: false}, {name: c}]
        mountDefaults: {unprivileged: true}
        security: {secretName: railfs}
        csi: {enabled: true, handoverDirectory: /run/handover}
        """);
    cases.put(
        "an unprivileged mount with RDMA",
        """
        worker: {ufs: "s3://bucket/prefix"}
        mounts: [{name: data, unprivileged: true}]
        csi: {enabled: true}
        network: {mode: multus, rdma: true, networks: [{name: a}], resources: {rdma/hca: 1}}
        """);
    cases.put("host", BASE + "network: {mode: host, devices: [ib0, ib1]}\n");
    cases.put(
        "multus",
        BASE
            + "network: {mode: multus, rdma: true, networks: [{name: a, namespace: f}, {name: b, interface: roce1}],"
            + " resources: {rdma/hca_shared_devices_a: 1}}\n");
    cases.put(
        "multus in JSON",
        BASE + "network: {mode: multus, format: json, networks: [{name: a, namespace: f}]}\n");
    cases.put("default", BASE + "network: {mode: default, networks: [{name: a, namespace: f}]}\n");
    for (String mode : List.of("macvlan", "sriov", "ib-sriov", "ipoib", "hostdevice")) {
      cases.put(
          mode, BASE + "network:\n  mode: " + mode + "\n  policies: {create: true}\n" + RAILS);
    }
    for (String type : List.of("macvlan", "sriov", "ib-sriov", "ipoib")) {
      for (String more :
          List.of(
              "",
              ", inject: network-resource-inject",
              ", inject: rdma-resource-inject",
              ", podPools: true")) {
        cases.put(
            "spiderpool " + type + more,
            BASE
                + "network:\n  mode: spiderpool\n  rdma: true\n  policies: {create: true}\n  spiderpool: {cniType: "
                + type
                + more
                + "}\n"
                + SPIDER_RAILS);
      }
    }
    cases.put(
        "spiderpool with pools of its own",
        BASE
            + """
            network:
              mode: spiderpool
              spiderpool: {cniType: ipoib, createPools: true}
              rails: [{name: rail0, master: ib0, subnet: 172.16.0.0/16, ips: [172.16.1.1-172.16.1.99], matchMasterSubnet: true}]
            """);
    cases.put(
        "workers on rails, mounts on the host",
        """
        worker:
          ufs: s3://b
          network: {mode: macvlan, rails: [{name: rail0, master: eth1}]}
        mounts: [{name: data}]
        mountDefaults: {network: {mode: host, devices: [eth1]}}
        """);
    StringBuilder eight = new StringBuilder(BASE + "network:\n  mode: ib-sriov\n  rails:\n");
    for (int i = 0; i < 8; i++) {
      eight.append("    - {name: rail%d, resourceName: nvidia.com/rail%d}\n".formatted(i, i));
    }
    cases.put("eight rails", eight.toString());
    return cases;
  }

  private static Stream<Arguments> cases() {
    return MATRIX.entrySet().stream().map(one -> Arguments.of(one.getKey(), one.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cases")
  void whatIsRenderedIsKnownFieldForField(String name, String values) throws Exception {
    assertThat(Chart.lint(values)).satisfies(Shell.Result::ok);
    List<String> documents = Chart.render(values);
    assertThat(documents).isNotEmpty();
    List<String> faults = new ArrayList<>();
    for (String document : documents) {
      HasMetadata object = Chart.object(document);
      if (object instanceof GenericKubernetesResource) {
        faults.addAll(faultsOfOther(Chart.tree(document)));
      } else {
        faults.addAll(ModelFields.unknown(object));
      }
      faults.addAll(faultsOfConf(object));
    }
    assertThat(faults).isEmpty();
    Shell.Result kubectl = Chart.kubectl(String.join("\n---\n", documents)).ok();
    assertThat(kubectl.out().lines()).hasSize(documents.size());
  }

  /** That the checks above find what they look for. */
  @Test
  void aFieldThatThereIsNotIsFound() throws Exception {
    HasMetadata pod =
        Chart.object(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec: {containers: [{name: c, imagePullPolcy: Always}], hostNetwrok: true}
            """);
    assertThat(ModelFields.unknown(pod))
        .containsExactlyInAnyOrder("Pod.Spec.Containers[].imagePullPolcy", "Pod.Spec.hostNetwrok");
    Map<?, ?> network =
        Chart.tree(
            """
            apiVersion: spiderpool.spidernet.io/v2beta1
            kind: SpiderMultusConfig
            spec: {cniType: macvlan, macvlan: {masters: [a], vlanID: "7"}}
            """);
    assertThat(faultsOfOther(network))
        .contains(
            "SpiderMultusConfig.spec.macvlan.masters is no field",
            "SpiderMultusConfig.spec.macvlan.vlanID is 7, not an integer",
            "SpiderMultusConfig.spec.macvlan is {masters=[a], vlanID=7}, not with the field master");
  }

  /** Objects of other projects: against what this project knows of them, and against their CRDs. */
  private static List<String> faultsOfOther(Map<?, ?> object) throws IOException {
    List<String> faults = new ArrayList<>();
    Object kind = object.get("kind");
    List<Map<?, ?>> known =
        declared().stream().filter(one -> one.get("kind").equals(kind)).toList();
    assertThat(known).as("declarations of " + kind).hasSize(1);
    if (!known.get(0).get("apiVersion").equals(object.get("apiVersion"))) {
      faults.add(kind + " has another version");
    }
    Map<?, ?> schema = (Map<?, ?>) known.get(0).get("spec");
    faults.addAll(ObjectSchema.faults(schema, object.get("spec"), kind + ".spec"));
    if (CRDS.isPresent()) {
      for (Map<?, ?> crd : crds(kind)) {
        faults.addAll(ObjectSchema.faults(crd, object.get("spec"), kind + ".spec of the CRD"));
      }
    }
    return faults;
  }

  private static List<Map<?, ?>> declared() throws IOException {
    Path file = Path.of("src/test/resources/kubernetes/fabric-objects.yaml");
    List<Map<?, ?>> all = new ArrayList<>();
    for (Object one : (List<?>) Chart.plain(Files.readString(file))) {
      all.add((Map<?, ?>) one);
    }
    return all;
  }

  private static List<Map<?, ?>> crds(Object kind) throws IOException {
    List<Map<?, ?>> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(CRDS.orElseThrow())) {
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).toList()) {
        Map<?, ?> spec = (Map<?, ?>) Chart.tree(Files.readString(file)).get("spec");
        if (kind.equals(((Map<?, ?>) spec.get("names")).get("kind"))) {
          Map<?, ?> version = (Map<?, ?>) ((List<?>) spec.get("versions")).get(0);
          Map<?, ?> schema = (Map<?, ?>) ((Map<?, ?>) version.get("schema")).get("openAPIV3Schema");
          found.add((Map<?, ?>) ((Map<?, ?>) schema.get("properties")).get("spec"));
        }
      }
    }
    return found;
  }

  /** Conf files, read as the process reads them: a key that there is not is named. */
  private static List<String> faultsOfConf(HasMetadata object) throws IOException {
    List<String> faults = new ArrayList<>();
    if (object instanceof ConfigMap map) {
      for (Map.Entry<String, String> file : map.getData().entrySet()) {
        for (ProcessRole role : ProcessRole.values()) {
          if (role.fileName().equals(file.getKey())) {
            Path path = Files.writeString(Files.createTempFile("railfs", ".conf"), file.getValue());
            try {
              Conf.load(role, Optional.of(path), List.of());
            } catch (ConfException e) {
              faults.add(e.getMessage());
            }
          }
        }
      }
    }
    return faults;
  }

  private static <T> T object(String values, Class<T> type) {
    for (String document : Chart.render(values)) {
      HasMetadata object = Chart.object(document);
      if (type.isInstance(object)) {
        return type.cast(object);
      }
    }
    throw new AssertionError("no " + type.getSimpleName() + " is rendered");
  }

  private static DaemonSet daemonSet(String values, String name) {
    return Chart.render(values).stream()
        .map(document -> Chart.object(document))
        .filter(DaemonSet.class::isInstance)
        .map(DaemonSet.class::cast)
        .filter(set -> set.getMetadata().getName().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static Map<String, String> annotations(String network) {
    return daemonSet(BASE + network, "r-worker")
        .getSpec()
        .getTemplate()
        .getMetadata()
        .getAnnotations();
  }

  /** As the documents of Multus and Spiderpool have them. */
  @Test
  void annotationsHaveTheFormsThatAreDocumented() {
    assertThat(
            annotations(
                "network: {mode: multus, networks: [{name: a, namespace: f}, {name: b, interface: roce1}]}\n"))
        .containsEntry("k8s.v1.cni.cncf.io/networks", "f/a@net1, storage/b@roce1");
    assertThat(annotations(MATRIX.get("multus in JSON").substring(BASE.length())))
        .containsEntry(
            "k8s.v1.cni.cncf.io/networks",
            "[{\"interface\":\"net1\",\"name\":\"a\",\"namespace\":\"f\"}]");
    assertThat(annotations("network: {mode: default, networks: [{name: a, namespace: f}]}\n"))
        .containsEntry("v1.multus-cni.io/default-network", "f/a")
        .doesNotContainKey("k8s.v1.cni.cncf.io/networks");
    assertThat(
            annotations(MATRIX.get("spiderpool macvlan, podPools: true").substring(BASE.length())))
        .containsEntry("k8s.v1.cni.cncf.io/networks", "storage/r-rail0@net1, storage/r-rail1@net2")
        .containsEntry(
            "ipam.spidernet.io/ippools",
            "[{\"cleangateway\":true,\"interface\":\"net1\",\"ipv4\":[\"pool0\"]},"
                + "{\"cleangateway\":true,\"interface\":\"net2\",\"ipv4\":[\"pool1\"],\"ipv6\":[\"six1\"]}]");
  }

  @Test
  void injectionLeavesNetworksAndResourcesToTheWebhook() {
    String values = MATRIX.get("spiderpool ib-sriov, inject: network-resource-inject");
    DaemonSet worker = daemonSet(values, "r-worker");
    assertThat(worker.getSpec().getTemplate().getMetadata().getAnnotations())
        .containsEntry("cni.spidernet.io/network-resource-inject", "storage-r")
        .doesNotContainKeys("k8s.v1.cni.cncf.io/networks", "ipam.spidernet.io/ippools");
    assertThat(
            worker
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .get(0)
                .getResources()
                .getLimits())
        .isNullOrEmpty();
    assertThat(
            Chart.render(values).stream()
                .map(Chart::tree)
                .filter(one -> one.get("kind").equals("SpiderMultusConfig"))
                .map(
                    one ->
                        ((Map<?, ?>) ((Map<?, ?>) one.get("metadata")).get("annotations"))
                            .get("cni.spidernet.io/network-resource-inject")))
        .hasSize(2)
        .allSatisfy(value -> assertThat(value).isEqualTo("storage-r"));
  }

  @Test
  void resourcesAndInterfacesFollowTheRails() {
    String values = MATRIX.get("ib-sriov");
    var container =
        daemonSet(values, "r-mount-data").getSpec().getTemplate().getSpec().getContainers().get(0);
    assertThat(container.getResources().getLimits().keySet())
        .containsExactlyInAnyOrder("nvidia.com/rail0", "nvidia.com/rail1");
    assertThat(container.getResources().getRequests())
        .isEqualTo(container.getResources().getLimits());
    String rendered = Chart.template(values).ok().out();
    assertThat(rendered)
        .contains("railfs.client.data.bind.device = [\"net1\",\"net2\"]")
        .contains("railfs.worker.data.bind.device = [\"net1\",\"net2\"]")
        .as("what kubelet and Prometheus ask stays on eth0")
        .doesNotContain("rpc.bind")
        .doesNotContain("web.bind");
  }

  @Test
  void onlyWhatNeedsPrivilegeHasIt() {
    var worker = daemonSet(BASE, "r-worker").getSpec().getTemplate().getSpec();
    assertThat(worker.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(worker.getAutomountServiceAccountToken()).isFalse();
    var context = worker.getContainers().get(0).getSecurityContext();
    assertThat(context.getPrivileged()).isNull();
    assertThat(context.getAllowPrivilegeEscalation()).isFalse();
    assertThat(context.getReadOnlyRootFilesystem()).isTrue();
    assertThat(context.getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(context.getCapabilities().getAdd()).isNullOrEmpty();

    var rdma = daemonSet(MATRIX.get("multus"), "r-worker").getSpec().getTemplate().getSpec();
    assertThat(rdma.getSecurityContext().getRunAsUser()).isZero();
    assertThat(rdma.getContainers().get(0).getSecurityContext().getCapabilities().getAdd())
        .contains("IPC_LOCK");

    var load = object(MATRIX.get("everything"), Job.class).getSpec().getTemplate().getSpec();
    assertThat(load.getSecurityContext().getRunAsNonRoot()).isTrue();
  }

  @Test
  void volumesShowTheirPathsAndJobsLoadTheirs() {
    String values = MATRIX.get("everything");
    StorageClass storage = object(values, StorageClass.class);
    assertThat(storage.getProvisioner()).isEqualTo("csi.railfs.io");
    assertThat(storage.getVolumeBindingMode()).isEqualTo("WaitForFirstConsumer");
    assertThat(storage.getParameters())
        .containsExactlyInAnyOrderEntriesOf(Map.of("mount", "data", "path", "/imagenet"));
    PersistentVolume volume = object(values, PersistentVolume.class);
    assertThat(volume.getSpec().getCsi().getReadOnly()).isTrue();
    assertThat(volume.getSpec().getCsi().getVolumeAttributes())
        .containsExactlyInAnyOrderEntriesOf(Map.of("mount", "data", "path", "/models"));
    assertThat(volume.getSpec().getClaimRef().getNamespace()).isEqualTo("jobs");
    PodSpec load = object(values, Job.class).getSpec().getTemplate().getSpec();
    assertThat(load.getRestartPolicy()).isEqualTo("Never");
    assertThat(load.getContainers().get(0).getCommand())
        .containsExactly(
            "/usr/lib/railfs/bin/railfs",
            "load",
            "-c",
            "/etc/railfs-conf/railfs.conf",
            "/imagenet",
            "/models");
    assertThat(Chart.template(values).ok().out())
        .contains("startup-taint = \"csi.railfs.io/agent-not-ready\"");
  }

  @Test
  void upgradesEndNoMountAndVolumesPropagate() {
    String values = MATRIX.get("everything");
    DaemonSet mount = daemonSet(values, "r-mount-data");
    assertThat(mount.getSpec().getUpdateStrategy().getType()).isEqualTo("OnDelete");
    assertThat(propagation(mount, "mounts")).isEqualTo("Bidirectional");
    DaemonSet csi = daemonSet(values, "r-csi");
    assertThat(csi.getSpec().getUpdateStrategy().getType()).isEqualTo("RollingUpdate");
    assertThat(propagation(csi, "mounts")).isEqualTo("HostToContainer");
    assertThat(propagation(csi, "kubelet")).isEqualTo("Bidirectional");
    StatefulSet worker = object(MATRIX.get("StatefulSet"), StatefulSet.class);
    assertThat(worker.getSpec().getVolumeClaimTemplates()).hasSize(1);
  }

  @Test
  void anUnprivilegedMountHasNoPrivilegeAndTheDriverMountsForIt() {
    String values = MATRIX.get("unprivileged mounts");
    PodSpec pod = daemonSet(values, "r-mount-a").getSpec().getTemplate().getSpec();
    assertThat(pod.getSecurityContext().getRunAsNonRoot()).isTrue();
    assertThat(pod.getSecurityContext().getRunAsUser()).isEqualTo(10001);
    Container container = pod.getContainers().get(0);
    var context = container.getSecurityContext();
    assertThat(context.getPrivileged()).isNull();
    assertThat(context.getRunAsUser()).isNull();
    assertThat(context.getAllowPrivilegeEscalation()).isFalse();
    assertThat(context.getReadOnlyRootFilesystem()).isTrue();
    assertThat(context.getCapabilities().getDrop()).containsExactly("ALL");
    assertThat(context.getCapabilities().getAdd()).isNullOrEmpty();
    assertThat(container.getCommand())
        .containsSubsequence(
            "--fuse-socket", "/run/railfs-handover/fuse.sock", "/var/lib/railfs/mounts/a");
    assertThat(pod.getVolumes())
        .filteredOn(volume -> volume.getHostPath() != null)
        .extracting(volume -> volume.getHostPath().getPath())
        .containsExactlyInAnyOrder("/var/lib/railfs/mounts", "/run/handover");
    assertThat(container.getVolumeMounts())
        .filteredOn(mount -> List.of("mounts", "handover").contains(mount.getName()))
        .hasSize(2)
        .allSatisfy(mount -> assertThat(mount.getReadOnly()).isTrue());
    assertThat(propagation(daemonSet(values, "r-mount-a"), "mounts")).isEqualTo("HostToContainer");

    DaemonSet csi = daemonSet(values, "r-csi");
    assertThat(propagation(csi, "mounts")).isEqualTo("Bidirectional");
    assertThat(Chart.template(values).ok().out())
        .contains(
            "handover { mounts = [\"a\",\"c\"], socket = \"/run/handover/fuse.sock\", user = 10001 }");
    DaemonSet other = daemonSet(values, "r-mount-b");
    assertThat(propagation(other, "mounts")).isEqualTo("Bidirectional");
    assertThat(
            other
                .getSpec()
                .getTemplate()
                .getSpec()
                .getContainers()
                .get(0)
                .getSecurityContext()
                .getPrivileged())
        .isTrue();

    PodSpec rdma =
        daemonSet(MATRIX.get("an unprivileged mount with RDMA"), "r-mount-data")
            .getSpec()
            .getTemplate()
            .getSpec();
    assertThat(rdma.getSecurityContext().getRunAsUser()).isZero();
    assertThat(rdma.getContainers().get(0).getSecurityContext().getPrivileged()).isNull();
    assertThat(rdma.getContainers().get(0).getSecurityContext().getCapabilities().getAdd())
        .containsExactly("IPC_LOCK", "DAC_OVERRIDE");
  }

  private static String propagation(DaemonSet set, String volume) {
    return set.getSpec().getTemplate().getSpec().getContainers().get(0).getVolumeMounts().stream()
        .filter(mount -> mount.getName().equals(volume))
        .findFirst()
        .orElseThrow()
        .getMountPropagation();
  }

  private static Stream<Arguments> refusals() {
    return Stream.of(
        Arguments.of("{}", "worker.ufs is empty"),
        Arguments.of(
            "worker: {ufs: file:///d}\n", "worker.volumes and worker.volumeMounts bring none"),
        Arguments.of(
            "worker: {ufs: s3://b, store: {size: 1Ti}}\n", "is for worker.kind StatefulSet"),
        Arguments.of("worker: {ufs: s3://b, kind: StatefulSet}\n", "needs worker.store.size"),
        Arguments.of("worker: {enabled: false}\nmounts: [{name: a}]\n", "mounts need workers"),
        Arguments.of(BASE + "workers: [a]\netcd: {endpoints: [b]}\n", "give one of them"),
        Arguments.of(
            "worker: {ufs: s3://b}\nmounts: [{name: a}, {name: a}]\n", "two entries of the name a"),
        Arguments.of("worker: {ufs: s3://b}\ncsi: {enabled: true}\n", "mounts is empty"),
        Arguments.of(BASE + "csi: {volumes: [{name: v, mount: data}]}\n", "csi.enabled is false"),
        Arguments.of(
            BASE + "csi: {enabled: true, volumes: [{name: v, mount: other}]}\n",
            "shows the mount other, which mounts does not have"),
        Arguments.of(
            BASE + "csi: {enabled: true, storageClasses: [{name: v, mount: data}]}\n",
            "need csi.provisioner.enabled"),
        Arguments.of(
            BASE + "mountDefaults: {unprivileged: true}\n",
            "mounts data are unprivileged, so that the CSI driver has to make them"),
        Arguments.of(
            "worker: {ufs: s3://b}\nmounts: [{name: a, unprivileged: true, settings: {mount.read-only-flag: false}}]\ncsi: {enabled: true}\n",
            "take mount.read-only-flag from its settings"),
        Arguments.of(
            "worker: {ufs: s3://b}\nmounts: [{name: a, unprivileged: yes please}]\ncsi: {enabled: true}\n",
            "/mounts/0/unprivileged"),
        Arguments.of(BASE + "network: {mode: multus}\n", "needs network.networks"),
        Arguments.of(
            BASE + "network: {mode: host, networks: [{name: a}]}\n",
            "for network.mode multus or default"),
        Arguments.of(
            BASE + "network: {mode: default, networks: [{name: a}, {name: b}]}\n",
            "replaces eth0 by one"),
        Arguments.of(BASE + "network: {devices: [ib0]}\n", "in a pod they are net1"),
        Arguments.of(
            BASE + "network: {mode: host, resources: {rdma/a: 1}}\n", "not with network.mode host"),
        Arguments.of(BASE + "network: {mode: ipoib}\n", "and there are none"),
        Arguments.of(BASE + "network: {rails: [{name: a}]}\n", "not for network.mode pod"),
        Arguments.of(
            BASE + "network: {mode: macvlan, rails: [{name: a}]}\n", "rail a needs the interface"),
        Arguments.of(
            BASE + "network: {mode: sriov, rails: [{name: a}]}\n", "rail a needs resourceName"),
        Arguments.of(
            BASE
                + "network: {mode: macvlan, rails: [{name: a, master: ib0, linkType: infiniband}]}\n",
            "is InfiniBand, which has no macvlan"),
        Arguments.of(
            BASE + "network: {mode: ipoib, rdma: true, rails: [{name: a, master: ib0}]}\n",
            "needs the shared device in network.resources"),
        Arguments.of(
            BASE
                + "network: {mode: ipoib, rails: [{name: a, master: ib0, ippools: {ipv4: [p]}}]}\n",
            "has ippools, which network.mode spiderpool has"),
        Arguments.of(
            BASE + "network: {mode: spiderpool, rails: [{name: a}]}\n", "rail a needs master"),
        Arguments.of(
            BASE
                + "network: {mode: spiderpool, spiderpool: {cniType: sriov}, rails: [{name: a}]}\n",
            "rail a needs resourceName with cniType sriov"),
        Arguments.of(
            BASE + "network: {mode: spiderpool, rails: [{name: a, master: b, ipam: {type: c}}]}\n",
            "addresses come from ippools"),
        Arguments.of(
            BASE
                + "network: {mode: spiderpool, spiderpool: {inject: network-resource-inject, podPools: true}, rails: [{name: a, master: b}]}\n",
            "the webhook refuses pods that name their pools"),
        Arguments.of(
            BASE
                + "network: {mode: spiderpool, spiderpool: {podPools: true}, rails: [{name: a, master: b, matchMasterSubnet: true}]}\n",
            "so the pod cannot name it"),
        Arguments.of(
            BASE
                + "network: {mode: macvlan, rails: [{name: a, master: b}]}\nmountDefaults: {network: {rails: [{name: a, master: c}]}}\n",
            "described in two ways"),
        Arguments.of(BASE + "network: {mode: carrier-pigeon}\n", "/network/mode"),
        Arguments.of(BASE + "netwrok: {}\n", "netwrok"),
        Arguments.of("worker: {ufs: s3://b, heap: 1GB}\n", "/worker/heap"),
        Arguments.of(
            MATRIX.get("eight rails") + "    - {name: rail8, resourceName: nvidia.com/rail8}\n",
            "/network/rails"));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource("refusals")
  void valuesThatCannotBeAreRefusedWithASentence(String values, String sentence) {
    Shell.Result result = Chart.template(values);
    assertThat(result.exit()).isNotZero();
    assertThat(result.err()).contains(sentence);
  }

  @Test
  void everyValueIsDescribed() throws IOException {
    String schema = Files.readString(Chart.DIRECTORY.resolve("values.schema.json"));
    List<String> undescribed = new ArrayList<>();
    describe(Chart.tree(schema), "values", undescribed);
    assertThat(undescribed).isEmpty();
  }

  private static void describe(Map<?, ?> schema, String path, List<String> undescribed) {
    if (schema.get("properties") instanceof Map<?, ?> properties) {
      properties.forEach(
          (name, one) -> {
            Map<?, ?> property = (Map<?, ?>) one;
            if (!(property.get("description") instanceof String text) || !text.endsWith(".")) {
              undescribed.add(path + "." + name);
            }
            describe(property, path + "." + name, undescribed);
          });
    }
    if (schema.get("items") instanceof Map<?, ?> items) {
      describe(items, path + "[]", undescribed);
    }
  }

  @Test
  void theDashboardAndTheAlertsAreThoseOfTheRepository() throws IOException {
    List<ConfigMap> maps =
        Chart.render(MATRIX.get("everything")).stream()
            .map(document -> Chart.object(document))
            .filter(ConfigMap.class::isInstance)
            .map(ConfigMap.class::cast)
            .toList();
    Path deploy = MountEnvironment.HOME.resolve("deploy");
    assertThat(maps)
        .anyMatch(
            map -> isSame(map.getData().get("railfs.json"), deploy.resolve("grafana/railfs.json")))
        .anyMatch(
            map ->
                isSame(
                    map.getData().get("railfs-alerts.yml"),
                    deploy.resolve("prometheus/railfs-alerts.yml")));
  }

  private static boolean isSame(String text, Path file) {
    try {
      return Files.readString(file).equals(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
