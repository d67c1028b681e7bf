// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.railfs.csi.registration.RegistrationGrpc;
import io.railfs.csi.v1.ControllerGrpc;
import io.railfs.csi.v1.IdentityGrpc;
import io.railfs.csi.v1.NodeGetVolumeStatsRequest;
import io.railfs.csi.v1.NodeGetVolumeStatsResponse;
import io.railfs.csi.v1.NodeGrpc;
import io.railfs.csi.v1.NodePublishVolumeRequest;
import io.railfs.csi.v1.NodeUnpublishVolumeRequest;
import io.railfs.csi.v1.VolumeCapability;
import io.railfs.csi.v1.VolumeCapability.AccessMode;
import io.railfs.csi.v1.VolumeCapability.MountVolume;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;

/**
 * A node of Kubernetes as far as volumes go: a worker and a mount, the directory of kubelet, and
 * the CSI driver in a mount namespace of its own that gets the mounts from the node and gives its
 * own to it, as the chart sets the propagation. Tests play kubelet and the containers.
 */
final class CsiNode implements AutoCloseable {
  static final String MOUNT = "mnt";

  private static final Duration LIMIT = Duration.ofSeconds(30);

  final MountEnvironment railfs;
  final Path kubelet;
  private final Path base;
  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final List<Process> containers = new ArrayList<>();
  private Process driver;
  private int containerCount;

  CsiNode() {
    try {
      base = Files.createTempDirectory("railfs-csi-");
      Shell.bash(
              "mount -t tmpfs -o size=512m railfs-it $1 && mount --make-shared $1"
                  + " && mkdir $1/kubelet && mount -t tmpfs railfs-it-kubelet $1/kubelet"
                  + " && mount --make-shared $1/kubelet && mkdir $1/kubelet/pods",
              base)
          .ok();
      kubelet = base.resolve("kubelet");
      railfs = MountEnvironment.createIn(base);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts the driver, with further settings; returns when it serves. */
  void startDriver(String... settings) {
    startDriver("slave", settings);
  }

  /** Starts one that may give mounts to the node, as the chart has it where mounts are handed. */
  void startDriverThatMounts(String... settings) {
    startDriver("shared", settings);
  }

  private void startDriver(String propagation, String... settings) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "unshare",
                "-m",
                "--propagation",
                "unchanged",
                "bash",
                "-c",
                "mount --make-" + propagation + " $0 && exec \"$@\"",
                base.toString(),
                RailfsProcess.PATH.toString(),
                "csi"));
    List<String> all =
        new ArrayList<>(
            List.of(
                "csi.kubelet-directory=" + kubelet,
                "csi.mounts-directory=" + base,
                "csi.state-directory=" + base.resolve("csi-state"),
                "csi.node-name=node-1"));
    all.addAll(List.of(settings));
    all.forEach(setting -> command.addAll(List.of("-D", setting)));
    try {
      Files.deleteIfExists(registration());
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
      builder.environment().put("RAILFS_CONF_DIR", railfs.conf.toString());
      driver = builder.start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Awaitility.await()
        .atMost(LIMIT)
        .failFast(() -> assertThat(driver.isAlive()).as(driverLog()).isTrue())
        .until(() -> Files.exists(registration()));
  }

  /** Below it are the mounts by name, and all else. */
  Path base() {
    return base;
  }

  /** The process of the driver. */
  long driverPid() {
    return driver.pid();
  }

  /** Ends the driver as the kernel does. */
  void killDriver() throws InterruptedException {
    driver.destroyForcibly();
    assertThat(driver.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
  }

  /** Ends the driver in order; its exit code. */
  int stopDriver() throws InterruptedException {
    driver.destroy();
    assertThat(driver.waitFor(LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
    return driver.exitValue();
  }

  String driverLog() {
    try {
      return Files.exists(log()) ? Files.readString(log()) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path log() {
    return railfs.logs.resolve("csi.log");
  }

  Path registration() {
    return kubelet.resolve("plugins_registry/csi.railfs.io-reg.sock");
  }

  Path socket() {
    return kubelet.resolve("plugins/csi.railfs.io/csi.sock");
  }

  private ManagedChannel channel(Path socket) {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .eventLoopGroup(group)
            .channelType(EpollDomainSocketChannel.class)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
    channels.add(channel);
    return channel;
  }

  RegistrationGrpc.RegistrationBlockingStub register() {
    return RegistrationGrpc.newBlockingStub(channel(registration()))
        .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  IdentityGrpc.IdentityBlockingStub identity() {
    return IdentityGrpc.newBlockingStub(channel(socket()))
        .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  ControllerGrpc.ControllerBlockingStub controller() {
    return ControllerGrpc.newBlockingStub(channel(socket()))
        .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  NodeGrpc.NodeBlockingStub node() {
    return NodeGrpc.newBlockingStub(channel(socket()))
        .withDeadlineAfter(LIMIT.toSeconds(), TimeUnit.SECONDS);
  }

  /** A target as kubelet names it; its parent is there. */
  Path target(String pod) {
    Path parent = kubelet.resolve("pods/" + pod + "/volumes/kubernetes.io~csi/data");
    try {
      return Files.createDirectories(parent).resolve("mount");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static VolumeCapability readers(String... flags) {
    return capability(AccessMode.Mode.MULTI_NODE_READER_ONLY, flags);
  }

  static VolumeCapability capability(AccessMode.Mode mode, String... flags) {
    return VolumeCapability.newBuilder()
        .setMount(MountVolume.newBuilder().addAllMountFlags(List.of(flags)))
        .setAccessMode(AccessMode.newBuilder().setMode(mode))
        .build();
  }

  static NodePublishVolumeRequest.Builder publishRequest(String volume, Path target, String path) {
    return NodePublishVolumeRequest.newBuilder()
        .setVolumeId(volume)
        .setTargetPath(target.toString())
        .setVolumeCapability(readers())
        .putAllVolumeContext(Map.of("mount", MOUNT, "path", path));
  }

  void publish(String volume, Path target, String path) {
    var unused = node().nodePublishVolume(publishRequest(volume, target, path).build());
  }

  /** Of a mount of another name. */
  void publishFrom(String mount, String volume, Path target, String path) {
    var unused =
        node()
            .nodePublishVolume(
                publishRequest(volume, target, path).putVolumeContext("mount", mount).build());
  }

  void unpublish(String volume, Path target) {
    var unused =
        node()
            .nodeUnpublishVolume(
                NodeUnpublishVolumeRequest.newBuilder()
                    .setVolumeId(volume)
                    .setTargetPath(target.toString())
                    .build());
  }

  /** As kubelet does: again for as long as another call for the target is under way. */
  static void asKubelet(Runnable call) {
    Awaitility.await()
        .atMost(LIMIT)
        .until(
            () -> {
              try {
                call.run();
                return true;
              } catch (StatusRuntimeException e) {
                assertThat(e.getStatus().getCode()).as(e.toString()).isEqualTo(Status.Code.ABORTED);
                return false;
              }
            });
  }

  NodeGetVolumeStatsResponse stats(String volume, Path target) {
    return node()
        .nodeGetVolumeStats(
            NodeGetVolumeStatsRequest.newBuilder()
                .setVolumeId(volume)
                .setVolumePath(target.toString())
                .build());
  }

  /** How many mounts lie on one another at a path. */
  static int layers(Path path) {
    return (int)
        Shell.bash("findmnt -rn -o TARGET | cat", path)
            .out()
            .lines()
            .filter(line -> line.equals(path.toString()))
            .count();
  }

  /**
   * Starts a container that has a target as its volume, by mountPropagation HostToContainer, and
   * runs a script in it; the volume is $1 there.
   */
  Container container(Path target, String script) throws IOException {
    Path view = Files.createDirectory(base.resolve("container-" + containerCount));
    Path output = railfs.logs.resolve("container-" + containerCount++);
    Process process =
        new ProcessBuilder(
                "unshare",
                "-m",
                "--propagation",
                "slave",
                "bash",
                "-c",
                "mount --rbind \"$1\" \"$2\" && shift && eval \"$2\"",
                "bash",
                target.toString(),
                view.toString(),
                script)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    containers.add(process);
    return new Container(process, output);
  }

  /**
   * A container that runs.
   *
   * @param output what it has printed
   */
  record Container(Process process, Path output) {
    String text() throws IOException {
      return Files.readString(output);
    }
  }

  @Override
  public void close() {
    containers.forEach(Process::destroyForcibly);
    channels.forEach(ManagedChannel::shutdownNow);
    if (driver != null) {
      driver.destroyForcibly();
    }
    railfs.close();
    var unused =
        group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(LIMIT.toMillis());
    Shell.bash("umount -l -R \"$1\"; rmdir \"$1\"", base);
  }
}
