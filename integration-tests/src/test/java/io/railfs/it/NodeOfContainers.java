// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * The image, as a node runs it: worker, mount, CSI driver and a workload as containers of podman,
 * with the propagation that the chart sets and a second interface as Multus adds it. Building the
 * base takes minutes, so that {@code railfs test --images} runs it, and no ordinary test.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
final class NodeOfContainers {
  private static final String IMAGE = "localhost/railfs:test";
  private static final String BASE = "localhost/railfs-base:12";
  private static final String BUILDER =
      MountEnvironment.HOME.resolve("deploy/kubernetes/image/build-for-test").toString();
  private static final Duration BUILD = Duration.ofMinutes(30);
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final int SIZE = 40_000_000;

  /** Those of this process: in a container it may not raise them. */
  private static final String LIMITS =
      Shell.bash(
              "n=$(ulimit -Hu); [ \"$n\" != unlimited ] && [ \"$n\" -lt 4096 ] || n=4096;"
                  + " echo --runtime runc --ulimit nofile=$(ulimit -Sn):$(ulimit -Hn) --ulimit nproc=$n:$n")
          .ok()
          .out()
          .strip();

  private final CsiNode lab = new CsiNode();
  private final Path mounts = lab.kubelet.resolveSibling("mounts");
  private final Path mountpoint = mounts.resolve("data");
  private final Path handover = lab.kubelet.resolveSibling("handover");
  private final String tag = "rfs" + ProcessHandle.current().pid();
  private final List<String> containers = new ArrayList<>();

  @BeforeAll
  void start() throws IOException {
    Shell.Result built = Shell.run(BUILD, Map.of(), null, List.of(BUILDER, IMAGE, BASE));
    assertThat(built.exit()).as(built.out() + built.err()).isZero();
    Datasets.file(lab.railfs.dataset.resolve("f"), SIZE, 1);
    Files.createDirectory(mounts);
    Files.createDirectory(handover);
    // Two machines: eth0 for what Kubernetes talks about, net1 for data.
    Shell.bash(
            """
            set -e
            chown 10001:10001 "$2"
            ip netns add $1-m && ip netns add $1-w
            for i in 0 1; do
              n=$([ $i = 0 ] && echo eth0 || echo net1)
              ip link add $n netns $1-m type veth peer name $n netns $1-w
              ip -n $1-m addr add 10.77.$i.1/24 dev $n && ip -n $1-m link set $n up
              ip -n $1-w addr add 10.77.$i.2/24 dev $n && ip -n $1-w link set $n up
            done
            ip -n $1-m link set lo up; ip -n $1-w link set lo up
            """,
            tag,
            lab.railfs.store)
        .ok();
  }

  @AfterAll
  void stop() {
    for (String name : containers) {
      Shell.bash("podman rm -f -t 5 \"$1\"", name);
    }
    Shell.bash("ip netns del $1-m; ip netns del $1-w", tag);
    lab.close();
  }

  private void run(String name, String options, Object... words) {
    containers.add(tag + name);
    StringBuilder command = new StringBuilder();
    Arrays.asList(words).forEach(word -> command.append(" '").append(word).append("'"));
    Shell.bash("podman run -d " + LIMITS + " --name $1 $2 $3" + command, tag + name, options, IMAGE)
        .ok();
  }

  /** A directory with the secret, as kubelet shows one: of root, and of the group of the pod. */
  private Path secret(String name, String mode) {
    Path directory = lab.railfs.conf.resolve("secret-" + name);
    Shell.bash(
            "mkdir -p $1 && echo 0123456789abcdef0123 > $1/secret && chown 0:10001 $1/secret && chmod $2 $1/secret",
            directory,
            mode)
        .ok();
    return directory;
  }

  /** Returns when it answers. */
  private void runWorker(String name) {
    long start = System.nanoTime();
    run(
        name,
        "--user 10001 --cap-drop ALL --read-only --tmpfs /tmp --tmpfs /run --network ns:/run/netns/%s-w -v %s:/datasets:ro -v %s:/var/lib/railfs/store -v %s:/secret:ro"
            .formatted(tag, lab.railfs.dataset, lab.railfs.store, secret("worker", "440")),
        "worker",
        "-D",
        "worker.ufs=file:///datasets",
        "-D",
        "security.secret-file=/secret/secret",
        "-D",
        "worker.store.directories=[/var/lib/railfs/store]",
        "-D",
        "worker.data.bind.device=net1",
        "-D",
        "worker.heap=256MiB",
        "-D",
        "worker.direct-memory=256MiB");
    Awaitility.await()
        .atMost(LIMIT)
        .until(
            () ->
                Shell.bash("ip netns exec $1-m bash -c 'exec 3<>/dev/tcp/10.77.0.2/29999'", tag)
                        .exit()
                    == 0);
    System.out.printf(
        "the worker's container answers %d ms after podman run%n",
        Duration.ofNanos(System.nanoTime() - start).toMillis());
  }

  private void runMount() {
    run(
        "mount",
        "--privileged --user 0 --network ns:/run/netns/%s-m -v %s:%s:rshared -v %s:/secret:ro"
            .formatted(tag, mounts, mounts, secret("mount", "400")),
        "mount",
        "-D",
        "security.secret-file=/secret/secret",
        "-D",
        "workers=10.77.0.2",
        "-D",
        "client.data.bind.device=net1",
        "-D",
        "mount.memory-limit=512MiB",
        "-o",
        "allow_other",
        mountpoint);
  }

  private void runDriver() throws IOException {
    runDriver("csi", "rslave");
  }

  private void runDriver(String name, String propagation, String... settings) throws IOException {
    Files.deleteIfExists(lab.registration());
    List<Object> words =
        new ArrayList<>(
            List.of(
                "csi",
                "-D",
                "csi.kubelet-directory=" + lab.kubelet,
                "-D",
                "csi.mounts-directory=" + mounts,
                "-D",
                "csi.state-directory=/state/csi",
                "-D",
                "csi.node-name=node-1"));
    for (String setting : settings) {
      words.addAll(List.of("-D", setting));
    }
    run(
        name,
        "--privileged --user 0 --network none -v %s:%s:%s -v %s:%s:rshared -v %s:/state -v %s:/handover"
            .formatted(
                mounts, mounts, propagation, lab.kubelet, lab.kubelet, lab.railfs.conf, handover),
        words.toArray());
    Awaitility.await().atMost(LIMIT).until(() -> Files.exists(lab.registration()));
  }

  private void runWorkload(Path target) {
    containers.add(tag + "workload");
    Shell.bash(
            "podman run -d "
                + LIMITS
                + " --name $1 --network none --user 1234 -v $2:/data:rslave --entrypoint /bin/bash $3 -c 'while true; do if sum=$(sha256sum < /data/f 2>/dev/null); then echo $sum; else echo failed; fi; sleep 0.05; done'",
            tag + "workload",
            target,
            IMAGE)
        .ok();
  }

  private String sum() {
    return Shell.bash("sha256sum < \"$1\" | cut -c1-64", lab.railfs.dataset.resolve("f"))
        .ok()
        .out()
        .strip();
  }

  private String log(String name) {
    Shell.Result log = Shell.bash("podman logs $1", tag + name);
    return log.out() + log.err();
  }

  private void end(String name) {
    Shell.bash("podman rm -f -t 0 $1", tag + name).ok();
    containers.remove(tag + name);
  }

  private long received(String device) {
    return Long.parseLong(
        Shell.bash("ip netns exec $1-m cat /sys/class/net/$2/statistics/rx_bytes", tag, device)
            .ok()
            .out()
            .strip());
  }

  @Test
  @Order(1)
  void theImageSaysWhatItIsAndRunsAsNobody() {
    assertThat(
            Shell.bash("podman run --rm " + LIMITS + " --network none $1 --version", IMAGE)
                .ok()
                .out())
        .contains("railfs 0.1");
    assertThat(
            Shell.bash("podman run --rm " + LIMITS + " --network none --entrypoint id $1 -u", IMAGE)
                .ok()
                .out()
                .strip())
        .isEqualTo("10001");
    assertThat(Shell.bash("podman image inspect $1", IMAGE).ok().out())
        .contains("org.opencontainers.image.revision", "\"Apache-2.0\"");
    assertThat(
            Shell.bash(
                    "podman run --rm "
                        + LIMITS
                        + " --network none --entrypoint cat $1 /usr/lib/railfs/legal/THIRD-PARTY.txt",
                    IMAGE)
                .ok()
                .out())
        .contains("netty");
    Shell.Result wrong =
        Shell.bash(
            "podman run --rm " + LIMITS + " --network none $1 worker -D worker.heep=1GiB", IMAGE);
    assertThat(wrong.exit()).isEqualTo(2);
    assertThat(wrong.err()).contains("did you mean railfs.worker.heap");
  }

  @Test
  @Order(2)
  void settingsThatTheContainerHasNoMemoryForStopTheStart() {
    Shell.Result result =
        Shell.bash(
            "podman run --rm "
                + LIMITS
                + " --memory 300m --memory-swap 300m --network none $1 worker -D worker.ufs=file:///tmp",
            IMAGE);
    assertThat(result.exit()).isEqualTo(2);
    assertThat(result.err())
        .contains("this container may have 300.0 MiB of memory, so the kernel would kill it");
  }

  @Test
  @Order(3)
  void aWorkloadReadsOverTheSecondInterfaceThroughDeathsAndUpgrades() throws Exception {
    runWorker("worker");
    runMount();
    runDriver();
    Path target = lab.target("workload");
    Awaitility.await()
        .atMost(LIMIT)
        .ignoreExceptions()
        .until(
            () -> {
              lab.publishFrom("data", "v", target, "/");
              return true;
            });

    long before = received("net1");
    long other = received("eth0");
    runWorkload(target);
    String sum = sum();
    awaitLine(sum);
    assertThat(received("net1") - before).isGreaterThan(SIZE);
    assertThat(received("eth0") - other).isLessThan(SIZE / 20);

    end("csi");
    runDriver();
    awaitLine(sum);
    assertThat(log("workload")).as("the upgrade of the driver").doesNotContain("failed");

    end("mount");
    awaitLine("failed");
    runMount();
    awaitLine(sum);

    end("workload");
    lab.unpublish("v", target);
    assertThat(target).doesNotExist();

    assertThat(log("worker").lines().findFirst().orElse("")).startsWith("{").endsWith("}");
    for (String name : List.of("mount", "csi", "worker")) {
      Shell.bash("podman stop -t 30 $1", tag + name).ok();
      assertThat(
              Shell.bash("podman inspect -f '{{.State.ExitCode}}' $1", tag + name)
                  .ok()
                  .out()
                  .strip())
          .as("exit code of " + name + " after SIGTERM: " + log(name))
          .isEqualTo("0");
    }
    assertThat(Shell.bash("findmnt -n $1", mountpoint).exit()).as("unmounted").isNotZero();
  }

  private void runUnprivilegedMount() {
    run(
        "server",
        "--user 10001 --cap-drop ALL --security-opt no-new-privileges --read-only --tmpfs /tmp --tmpfs /run --network ns:/run/netns/%s-m -v %s:%s:ro,rslave -v %s:/run/railfs-handover:ro -v %s:/secret:ro"
            .formatted(tag, mounts, mounts, handover, secret("server", "440")),
        "mount",
        "-D",
        "security.secret-file=/secret/secret",
        "-D",
        "workers=10.77.0.2",
        "-D",
        "client.data.bind.device=net1",
        "-D",
        "mount.memory-limit=512MiB",
        "-D",
        "mount.allow-other=true",
        "--fuse-socket",
        "/run/railfs-handover/fuse.sock",
        mountpoint);
  }

  @Test
  @Order(4)
  void aContainerWithoutPrivilegesServesTheMountThatTheDriversContainerMakes() throws Exception {
    runWorker("worker-2");
    runDriver(
        "csi-2",
        "rshared",
        "csi.handover.mounts=[data]",
        "csi.handover.socket=/handover/fuse.sock");
    runUnprivilegedMount();
    Path target = lab.target("workload-2");
    Awaitility.await()
        .atMost(LIMIT)
        .ignoreExceptions()
        .until(
            () -> {
              lab.publishFrom("data", "v2", target, "/");
              return true;
            });
    assertThat(Shell.bash("podman exec $1 cat /proc/1/status", tag + "server").ok().out())
        .contains("Uid:\t10001", "CapEff:\t0000000000000000", "CapBnd:\t0000000000000000");
    assertThat(Shell.bash("podman exec $1 test -e /dev/fuse", tag + "server").exit()).isEqualTo(1);
    assertThat(Shell.bash("podman exec $1 mountpoint -q $2", tag + "server", mountpoint).exit())
        .as("the probe of the chart")
        .isZero();
    runWorkload(target);
    awaitLine(sum());
    // As a Job of the chart has it.
    Shell.Result load =
        Shell.bash(
            "podman run --rm "
                + LIMITS
                + " --user 10001 --cap-drop ALL --read-only --tmpfs /tmp --network ns:/run/netns/$1-m -v $2:/secret:ro $3 load -D workers=10.77.0.2 -D security.secret-file=/secret/secret -D client.data.bind.device=net1 /",
            tag,
            secret("server", "440"),
            IMAGE);
    assertThat(load.exit()).as(load.out() + load.err()).isZero();
    end("csi-2");
    runDriver(
        "csi-2",
        "rshared",
        "csi.handover.mounts=[data]",
        "csi.handover.socket=/handover/fuse.sock");
    awaitLine(sum());
    assertThat(log("workload")).as("the upgrade of the driver").doesNotContain("failed");
    end("server");
    awaitLine("failed");
    runUnprivilegedMount();
    awaitLine(sum());
    end("workload");
    lab.unpublish("v2", target);
    assertThat(target).doesNotExist();
    for (String name : List.of("server", "csi-2", "worker-2")) {
      end(name);
    }
    Shell.bash("umount -l $1", mountpoint).ok();
  }

  /** Of the same tree and base; all but the last layer, and of that one all but the archive. */
  @Test
  @Order(5)
  void aSecondBuildGivesTheSameLayersButForTheArchiveOfClasses() {
    String again = "localhost/railfs:again";
    Shell.Result built =
        Shell.run(
            BUILD, Map.of("BUILD_OPTIONS", "--no-cache"), null, List.of(BUILDER, again, BASE));
    assertThat(built.exit()).as(built.out() + built.err()).isZero();
    try {
      List<String> first = layers(IMAGE);
      List<String> second = layers(again);
      List<String> differences =
          Shell.bash(
                  "a=$(podman image mount $1) && b=$(podman image mount $2) && LC_ALL=C diff -rq --no-dereference $a $b | cat",
                  IMAGE,
                  again)
              .ok()
              .out()
              .lines()
              .toList();
      assertThat(differences)
          .allSatisfy(line -> assertThat(line).contains("/usr/lib/railfs/cds/").contains(".jsa"));
      assertThat(first).hasSameSizeAs(second);
      assertThat(first.subList(0, first.size() - 1))
          .isEqualTo(second.subList(0, second.size() - 1));
    } finally {
      Shell.bash("podman image unmount $1 $2; podman rmi $2", IMAGE, again);
    }
  }

  private static List<String> layers(String image) {
    return Shell.bash(
            "podman image inspect -f '{{range .RootFS.Layers}}{{println .}}{{end}}' $1", image)
        .ok()
        .out()
        .strip()
        .lines()
        .toList();
  }

  private void awaitLine(String line) {
    long before = log("workload").lines().count();
    Awaitility.await()
        .atMost(LIMIT)
        .until(
            () ->
                log("workload").lines().skip(before).anyMatch(one -> one.strip().startsWith(line)));
  }
}
