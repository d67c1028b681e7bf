// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static io.railfs.it.CsiNode.publishRequest;
import static io.railfs.it.CsiNode.readers;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.railfs.csi.registration.InfoRequest;
import io.railfs.csi.registration.PluginInfo;
import io.railfs.csi.registration.RegistrationStatus;
import io.railfs.csi.v1.GetPluginCapabilitiesRequest;
import io.railfs.csi.v1.GetPluginInfoRequest;
import io.railfs.csi.v1.GetPluginInfoResponse;
import io.railfs.csi.v1.NodeGetCapabilitiesRequest;
import io.railfs.csi.v1.NodeGetInfoRequest;
import io.railfs.csi.v1.NodeGetVolumeStatsRequest;
import io.railfs.csi.v1.NodeGetVolumeStatsResponse;
import io.railfs.csi.v1.NodePublishVolumeRequest;
import io.railfs.csi.v1.NodeServiceCapability.RPC;
import io.railfs.csi.v1.NodeUnpublishVolumeRequest;
import io.railfs.csi.v1.ProbeRequest;
import io.railfs.csi.v1.VolumeCapability;
import io.railfs.csi.v1.VolumeCapability.AccessMode.Mode;
import io.railfs.csi.v1.VolumeCapability.BlockVolume;
import io.railfs.csi.v1.VolumeCondition;
import io.railfs.csi.v1.VolumeUsage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The CSI driver over its real socket, with a real mount below: what the specification and its
 * checker csi-sanity ask of a node service, and what happens when the driver or the mount dies or
 * hangs. The tests play kubelet and the containers.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class CsiNodeTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);
  private static final long SIZE = 3_000_000;

  private final CsiNode lab = new CsiNode();

  @BeforeAll
  void start() throws IOException {
    Path train = Files.createDirectories(lab.railfs.dataset.resolve("train/part one"));
    Datasets.file(lab.railfs.dataset.resolve("train/f"), SIZE, 1);
    Datasets.file(train.resolve("g"), 1000, 2);
    Files.createSymbolicLink(lab.railfs.dataset.resolve("inside"), Path.of("train"));
    Files.createSymbolicLink(lab.railfs.dataset.resolve("outside"), Path.of("/usr"));
    Files.createSymbolicLink(lab.railfs.dataset.resolve("above"), Path.of("../.."));
    lab.railfs.writeConf("railfs.mount.memory-limit = 512MiB", "");
    lab.railfs.startWorker();
    lab.railfs.mount();
    lab.startDriver();
  }

  @AfterAll
  void stop() {
    lab.close();
  }

  @AfterEach
  void everyTargetIsGone() {
    assertThat(Shell.bash("findmnt -rn -o TARGET | grep '/pods/' | cat").out()).isEmpty();
  }

  private static StatusRuntimeException refusal(Runnable call) {
    StatusRuntimeException problem = catchThrowableOfType(StatusRuntimeException.class, call::run);
    assertThat(problem).as("the call is refused").isNotNull();
    return problem;
  }

  private static void assertRefused(Code code, String words, Runnable call) {
    StatusRuntimeException problem = refusal(call);
    assertThat(problem.getStatus().getCode()).as(problem.getMessage()).isEqualTo(code);
    assertThat(problem.getStatus().getDescription()).contains(words);
  }

  private void publish(NodePublishVolumeRequest.Builder request) {
    var unused = lab.node().nodePublishVolume(request.build());
  }

  private static String sum(Path file) {
    return Shell.bash("sha256sum < \"$1\"", file).ok().out();
  }

  @Test
  void kubeletFindsTheDriverAndItSaysWhoItIs() {
    PluginInfo info = lab.register().getInfo(InfoRequest.getDefaultInstance());
    assertThat(info.getType()).isEqualTo("CSIPlugin");
    assertThat(info.getName()).isEqualTo("csi.railfs.io");
    assertThat(info.getEndpoint()).isEqualTo(lab.socket().toString());
    assertThat(info.getSupportedVersionsList()).containsExactly("1.0.0");
    var unused =
        lab.register()
            .notifyRegistrationStatus(
                RegistrationStatus.newBuilder().setPluginRegistered(true).build());

    GetPluginInfoResponse plugin =
        lab.identity().getPluginInfo(GetPluginInfoRequest.getDefaultInstance());
    assertThat(plugin.getName()).isEqualTo("csi.railfs.io").hasSizeLessThanOrEqualTo(63);
    assertThat(plugin.getVendorVersion()).isNotEmpty();
    assertThat(lab.identity().probe(ProbeRequest.getDefaultInstance()).getReady().getValue())
        .isTrue();
    assertThat(
            lab.identity()
                .getPluginCapabilities(GetPluginCapabilitiesRequest.getDefaultInstance())
                .getCapabilitiesList())
        .as("a process without the controller says so")
        .isEmpty();
    assertThat(
            lab.node()
                .nodeGetCapabilities(NodeGetCapabilitiesRequest.getDefaultInstance())
                .getCapabilitiesList())
        .extracting(one -> one.getRpc().getType())
        .containsExactly(RPC.Type.GET_VOLUME_STATS, RPC.Type.VOLUME_CONDITION);
    assertThat(lab.node().nodeGetInfo(NodeGetInfoRequest.getDefaultInstance()).getNodeId())
        .isEqualTo("node-1");
    assertThat(Shell.bash("stat -c %a \"$1\"", lab.socket()).ok().out().strip()).isEqualTo("600");
  }

  @Test
  void whatLacksAFieldIsRefused() {
    Path target = lab.target("lacks");
    assertRefused(
        Code.INVALID_ARGUMENT,
        "volume_id is missing",
        () -> publish(publishRequest("v", target, "").clearVolumeId()));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "target_path is missing",
        () -> publish(publishRequest("v", target, "").clearTargetPath()));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "volume_capability is missing",
        () -> publish(publishRequest("v", target, "").clearVolumeCapability()));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "access_mode is missing",
        () ->
            publish(
                publishRequest("v", target, "")
                    .setVolumeCapability(readers().toBuilder().clearAccessMode())));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "access_type is missing",
        () ->
            publish(
                publishRequest("v", target, "")
                    .setVolumeCapability(readers().toBuilder().clearMount())));
    assertRefused(Code.INVALID_ARGUMENT, "volume_id is missing", () -> lab.unpublish("", target));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "target_path is missing",
        () -> {
          var unused =
              lab.node()
                  .nodeUnpublishVolume(
                      NodeUnpublishVolumeRequest.newBuilder().setVolumeId("v").build());
        });
    assertRefused(Code.INVALID_ARGUMENT, "volume_id is missing", () -> lab.stats("", target));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "volume_path is missing",
        () -> {
          var unused =
              lab.node()
                  .nodeGetVolumeStats(
                      NodeGetVolumeStatsRequest.newBuilder().setVolumeId("v").build());
        });
    assertThat(target).doesNotExist();
  }

  @Test
  void aVolumeIsAReadOnlyViewOfItsPathAndCallsCanBeRepeated() throws IOException {
    Path target = lab.target("view");
    Path second = lab.target("view-2");
    for (int round = 0; round < 2; round++) {
      lab.publish("v", target, "/train");
      assertThat(CsiNode.layers(target)).isEqualTo(1);
    }
    lab.publish("v", second, "/train");
    assertThat(sum(target.resolve("f"))).isEqualTo(sum(lab.railfs.dataset.resolve("train/f")));
    assertThat(target.resolve("part one/g")).exists();
    assertThat(Shell.bash("findmnt -rn -o OPTIONS \"$1\"", target).ok().out())
        .startsWith("ro,nosuid,nodev");
    assertThat(Shell.bash("touch \"$1/new\"", target).err()).contains("Read-only file system");

    NodeGetVolumeStatsResponse stats = lab.stats("v", target);
    assertThat(stats.getVolumeCondition().getAbnormal()).isFalse();
    assertThat(stats.getUsageList())
        .extracting(VolumeUsage::getUnit)
        .containsExactly(VolumeUsage.Unit.BYTES, VolumeUsage.Unit.INODES);
    assertThat(stats.getUsage(0).getTotal()).isPositive();

    for (int round = 0; round < 2; round++) {
      lab.unpublish("v", target);
      assertThat(target).doesNotExist();
    }
    assertThat(second.resolve("f")).exists();
    lab.unpublish("v", second);
    assertRefused(Code.NOT_FOUND, "is not published", () -> lab.stats("v", target));
  }

  @Test
  void whatIsAtATargetStaysItsOwn() {
    Path target = lab.target("taken");
    lab.publish("v", target, "/train");
    assertRefused(
        Code.ALREADY_EXISTS, "is volume v already", () -> lab.publish("w", target, "/train"));
    assertRefused(
        Code.ALREADY_EXISTS, "path /train", () -> lab.publish("v", target, "/train/part one"));
    assertRefused(
        Code.ALREADY_EXISTS,
        "already",
        () ->
            publish(publishRequest("v", target, "/train").setVolumeCapability(readers("noexec"))));
    assertRefused(Code.NOT_FOUND, "is not volume w but v", () -> lab.unpublish("w", target));
    assertRefused(Code.NOT_FOUND, "is not published", () -> lab.stats("w", target));
    assertThat(target.resolve("f")).exists();
    lab.unpublish("v", target);
  }

  @Test
  void whoWantsToWriteIsRefusedWithASentence() {
    Path target = lab.target("writers");
    for (Mode mode :
        List.of(
            Mode.SINGLE_NODE_WRITER,
            Mode.MULTI_NODE_SINGLE_WRITER,
            Mode.MULTI_NODE_MULTI_WRITER,
            Mode.SINGLE_NODE_SINGLE_WRITER,
            Mode.SINGLE_NODE_MULTI_WRITER)) {
      assertRefused(
          Code.INVALID_ARGUMENT,
          "RailFS is read-only and has no volumes of access mode " + mode,
          () ->
              publish(
                  publishRequest("v", target, "")
                      .setVolumeCapability(CsiNode.capability(mode))
                      .setReadonly(true)));
    }
    assertRefused(
        Code.INVALID_ARGUMENT,
        "no volumes of mode Block",
        () ->
            publish(
                publishRequest("v", target, "")
                    .setVolumeCapability(
                        readers().toBuilder().setBlock(BlockVolume.getDefaultInstance()))));
    // As kubelet asks for a volume that stands in the pod.
    VolumeCapability inline = CsiNode.capability(Mode.SINGLE_NODE_WRITER);
    NodePublishVolumeRequest.Builder request =
        publishRequest("csi-1234", target, "/train")
            .setVolumeCapability(inline)
            .putVolumeContext("csi.storage.k8s.io/ephemeral", "true")
            .putVolumeContext("csi.storage.k8s.io/pod.name", "p");
    assertRefused(Code.INVALID_ARGUMENT, "needs readOnly: true", () -> publish(request));
    publish(request.setReadonly(true));
    assertThat(target.resolve("f")).exists();
    lab.unpublish("csi-1234", target);
  }

  @Test
  void attributesAndOptionsAreChecked() {
    Path target = lab.target("attributes");
    assertRefused(
        Code.INVALID_ARGUMENT,
        "no volume attribute 'pth'",
        () -> publish(publishRequest("v", target, "").putVolumeContext("pth", "/")));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "attribute mount is ''",
        () -> publish(publishRequest("v", target, "").removeVolumeContext("mount")));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "attribute mount is '../mnt'",
        () -> publish(publishRequest("v", target, "").putVolumeContext("mount", "../mnt")));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "no mount option 'allow_other'",
        () -> publish(publishRequest("v", target, "").setVolumeCapability(readers("allow_other"))));
    assertRefused(
        Code.UNAVAILABLE,
        "mount other is not there on this node yet",
        () -> publish(publishRequest("v", target, "").putVolumeContext("mount", "other")));
    assertThat(target).doesNotExist();

    publish(
        publishRequest("v", target, "/train")
            .setVolumeCapability(readers("ro"))
            .putVolumeContext("mountOptions", "noexec,nodev"));
    assertThat(Shell.bash("findmnt -rn -o OPTIONS \"$1\"", target).ok().out()).contains("noexec");
    lab.unpublish("v", target);
  }

  @Test
  void pathsStayInTheMount() {
    Path target = lab.target("paths");
    assertRefused(
        Code.INVALID_ARGUMENT, "leads out of the dataset", () -> lab.publish("v", target, "/../x"));
    for (String way : List.of("/outside", "/outside/bin", "/above")) {
      assertRefused(
          Code.INVALID_ARGUMENT,
          "leads out of the mount by a symlink",
          () -> lab.publish("v", target, way));
    }
    assertRefused(
        Code.NOT_FOUND,
        "path /none of mount mnt does not exist",
        () -> lab.publish("v", target, "/none"));
    assertRefused(
        Code.INVALID_ARGUMENT, "is not a directory", () -> lab.publish("v", target, "/train/f"));
    assertThat(target).doesNotExist();
    lab.publish("v", target, "/inside");
    assertThat(target.resolve("f")).exists();
    lab.unpublish("v", target);
  }

  @Test
  void targetsAreBelowTheDirectoryOfKubeletAndMayBeNamedOddly() throws IOException {
    for (String odd :
        List.of(
            "x".repeat(200),
            "with blank, tab\tand newline\n",
            "\\040back\\slash",
            "Größe-数据-\uD83D\uDE80")) {
      Path target = lab.target(odd);
      String volume = "volume/" + odd;
      lab.publish(volume, target, "/train/part one/");
      assertThat(Files.size(target.resolve("g"))).isEqualTo(1000);
      assertThat(lab.stats(volume, target).getVolumeCondition().getAbnormal()).isFalse();
      lab.unpublish(volume, target);
      assertThat(target).doesNotExist();
    }
    Path elsewhere = Files.createDirectory(lab.railfs.logs.resolve("elsewhere"));
    for (String place :
        List.of(
            elsewhere.toString(),
            "relative",
            lab.kubelet + "/../logs/elsewhere",
            lab.kubelet.toString())) {
      assertRefused(
          Code.INVALID_ARGUMENT,
          "is not below the directory of kubelet",
          () -> lab.publish("v", Path.of(place), "/train"));
      assertRefused(
          Code.INVALID_ARGUMENT,
          "is not below the directory of kubelet",
          () -> lab.unpublish("v", Path.of(place)));
    }
    assertThat(elsewhere).exists();
  }

  @Test
  void whatIsNotOursAtATargetIsKept() throws IOException {
    Path target = Files.createDirectory(lab.target("foreign"));
    Shell.bash("mount -t tmpfs foreign \"$1\" && touch \"$1/kept\"", target).ok();
    try {
      assertRefused(
          Code.INTERNAL,
          "type tmpfs that is not of this driver",
          () -> lab.publish("v", target, ""));
      assertRefused(
          Code.INTERNAL, "type tmpfs that is not of this driver", () -> lab.unpublish("v", target));
      assertThat(target.resolve("kept")).exists();
    } finally {
      Shell.bash("umount \"$1\"", target).ok();
    }
    Files.writeString(target.resolve("file"), "kept");
    assertRefused(Code.INTERNAL, "cannot be removed", () -> lab.unpublish("v", target));
    assertThat(target.resolve("file")).hasContent("kept");
  }

  @Test
  void fiftyPublishesAtOnce() throws Exception {
    List<Callable<Boolean>> calls = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      Path target = lab.target("crowd-" + i);
      calls.add(
          () -> {
            lab.publish("v", target, "/train");
            return true;
          });
    }
    assertThat(atOnce(calls)).hasSize(50).containsOnly("done");
    for (int i = 0; i < 50; i++) {
      Path target = lab.target("crowd-" + i);
      assertThat(target.resolve("f")).hasSize(SIZE);
      assertThat(CsiNode.layers(target)).isEqualTo(1);
      lab.unpublish("v", target);
    }
  }

  @Test
  void callsForOneTargetAreDoneOneByOneOrAskedToComeAgain() throws Exception {
    Path target = lab.target("contended");
    for (int round = 0; round < 5; round++) {
      List<Callable<Boolean>> calls = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        boolean isPublish = i % 2 == 0;
        calls.add(
            () -> {
              if (isPublish) {
                lab.publish("v", target, "/train");
              } else {
                lab.unpublish("v", target);
              }
              return true;
            });
      }
      assertThat(atOnce(calls)).hasSize(20).containsAnyOf("done").isSubsetOf("done", "ABORTED");
      lab.publish("v", target, "/train");
      assertThat(CsiNode.layers(target)).isEqualTo(1);
      assertThat(target.resolve("f")).hasSize(SIZE);
      lab.unpublish("v", target);
      assertThat(target).doesNotExist();
    }
  }

  /** How each ended: "done", or the code of its refusal. */
  private static List<String> atOnce(List<Callable<Boolean>> calls) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(calls.size());
    try {
      List<String> ends = new ArrayList<>();
      for (Future<String> one :
          threads.invokeAll(
              calls.stream().map(CsiNodeTest::named).toList(), 60, TimeUnit.SECONDS)) {
        ends.add(one.get());
      }
      return ends;
    } finally {
      threads.shutdownNow();
    }
  }

  private static Callable<String> named(Callable<Boolean> call) {
    return () -> {
      try {
        return call.call() ? "done" : "";
      } catch (StatusRuntimeException e) {
        return e.getStatus().getCode().name();
      }
    };
  }

  @Test
  void theDriverMayDieWhileContainersReadAndTheNextOneKnowsTheVolumes() throws Exception {
    Path target = lab.target("killed-driver");
    lab.publish("v", target, "/train");
    CsiNode.Container reader =
        lab.container(target, "while cat \"$1/f\" > /dev/null; do echo read; sleep 0.02; done");
    awaitLines(reader, 3);
    lab.killDriver();
    awaitLines(reader, 3);
    lab.startDriver();
    assertThat(lab.driverLog()).contains("1 volumes are published on this node");
    awaitLines(reader, 3);
    lab.publish("v", target, "/train");
    assertThat(CsiNode.layers(target)).isEqualTo(1);
    assertThat(reader.text()).doesNotContain("cat:");
    assertThat(reader.process().isAlive()).isTrue();
    reader.process().destroyForcibly();
    lab.unpublish("v", target);
    assertThat(target).doesNotExist();
    assertThat(lab.stopDriver()).isZero();
    lab.startDriver();
  }

  /** Waits for so many more lines. */
  private static void awaitLines(CsiNode.Container container, int more) throws IOException {
    long before = container.text().lines().count();
    Awaitility.await().atMost(LIMIT).until(() -> container.text().lines().count() >= before + more);
  }

  @Test
  void whenTheMountIsReplacedContainersThatRunReadAgain() throws Exception {
    Path target = lab.target("killed-mount");
    Path second = lab.target("killed-mount-2");
    lab.publish("v", target, "/train");
    lab.publish("v", second, "/train/part one");
    CsiNode.Container reader =
        lab.container(
            target,
            "while true; do if cat \"$1/f\" > /dev/null 2>&1; then echo read; else echo failed; fi; sleep 0.02; done");
    awaitLines(reader, 3);
    Duration quickest = LIMIT;
    for (int round = 0; round < 3; round++) {
      Shell.bash("kill -KILL $1", lab.railfs.mountPid()).ok();
      Awaitility.await().atMost(LIMIT).until(() -> reader.text().endsWith("failed\n"));
      NodeGetVolumeStatsResponse stats = lab.stats("v", target);
      assertThat(stats.getVolumeCondition().getAbnormal()).isTrue();
      assertThat(stats.getVolumeCondition().getMessage())
          .contains("process of mount mnt has ended");
      assertThat(stats.getUsageCount()).as("kubelet drops an answer without numbers").isPositive();
      assertRefused(
          Code.UNAVAILABLE,
          "process of mount mnt has ended",
          () -> lab.publish("v", lab.target("killed-mount-3"), "/train"));

      lab.railfs.mount();
      long mounted = System.nanoTime();
      Awaitility.await()
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> reader.text().endsWith("read\n"));
      Awaitility.await()
          .atMost(LIMIT)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> Files.exists(second.resolve("g")));
      Duration took = Duration.ofNanos(System.nanoTime() - mounted);
      quickest = took.compareTo(quickest) < 0 ? took : quickest;
      System.out.printf("both containers read %d ms after the new mount%n", took.toMillis());
      assertThat(CsiNode.layers(target)).as("the first one, and the new one").isEqualTo(2);
      assertThat(lab.stats("v", target).getVolumeCondition().getAbnormal()).isFalse();
      CsiNode.asKubelet(() -> lab.publish("v", target, "/train"));
      assertThat(CsiNode.layers(target)).isEqualTo(2);
    }
    assertThat(quickest).as("of three, on a busy machine").isLessThan(Duration.ofSeconds(2));
    reader.process().destroyForcibly();
    lab.unpublish("v", target);
    lab.unpublish("v", second);
    assertThat(target).doesNotExist();
    assertThat(lab.target("killed-mount-3")).doesNotExist();
  }

  @Test
  void aMountThatWasReplacedWhileTheDriverWasAwayIsBoundAtItsStart() throws Exception {
    Path target = lab.target("both-killed");
    lab.publish("v", target, "/train");
    lab.killDriver();
    Shell.bash("kill -KILL $1", lab.railfs.mountPid()).ok();
    lab.railfs.mount();
    assertThat(Shell.bash("cat \"$1/f\"", target).err()).contains("not connected");
    lab.startDriver();
    Awaitility.await().atMost(LIMIT).until(() -> Shell.bash("cat \"$1/f\"", target).exit() == 0);
    CsiNode.asKubelet(() -> lab.unpublish("v", target));
  }

  @Test
  void aVolumeWaitsForItsMount() {
    Path target = lab.target("early");
    lab.railfs.unmount();
    assertRefused(
        Code.UNAVAILABLE,
        "is not there on this node yet",
        () -> lab.publish("v", target, "/train"));
    lab.railfs.mount();
    lab.publish("v", target, "/train");
    assertThat(target.resolve("f")).hasSize(SIZE);
    lab.unpublish("v", target);
  }

  @Test
  void whileAMountHangsEveryCallAnswersInTimeAndAfterwardsAllIsWell() throws Exception {
    Path target = lab.target("hung");
    lab.publish("v", target, "/train");
    long mount = lab.railfs.mountPid();
    Shell.bash("kill -STOP $1", mount).ok();
    try {
      List<Callable<Boolean>> calls = new ArrayList<>();
      for (int i = 0; i < 50; i++) {
        Path other = lab.target("hung-" + i);
        calls.add(
            inTime(
                () ->
                    assertRefused(
                        Code.UNAVAILABLE,
                        "mount mnt of this node does not answer",
                        () -> lab.publish("v", other, "/train"))));
      }
      calls.add(
          inTime(
              () -> {
                VolumeCondition condition = lab.stats("v", target).getVolumeCondition();
                assertThat(condition.getAbnormal()).isTrue();
                assertThat(condition.getMessage()).contains("does not answer");
              }));
      calls.add(
          inTime(
              () ->
                  assertThat(
                          lab.node()
                              .nodeGetInfo(NodeGetInfoRequest.getDefaultInstance())
                              .getNodeId())
                      .isEqualTo("node-1")));
      calls.add(
          inTime(
              () ->
                  assertThat(
                          lab.identity()
                              .probe(ProbeRequest.getDefaultInstance())
                              .getReady()
                              .getValue())
                      .isTrue()));
      assertThat(atOnce(calls)).hasSize(53).containsOnly("done");
      assertThat(atOnce(List.of(inTime(() -> lab.unpublish("v", target))))).containsOnly("done");
      assertThat(target).doesNotExist();
    } finally {
      Shell.bash("kill -CONT $1", mount).ok();
    }
    Awaitility.await()
        .atMost(LIMIT)
        .ignoreExceptionsInstanceOf(StatusRuntimeException.class)
        .until(
            () -> {
              lab.publish("v", target, "/train");
              return true;
            });
    assertThat(target.resolve("f")).hasSize(SIZE);
    lab.unpublish("v", target);
  }

  private static Callable<Boolean> inTime(Runnable call) {
    return () -> {
      long start = System.nanoTime();
      call.run();
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
      return true;
    };
  }
}
