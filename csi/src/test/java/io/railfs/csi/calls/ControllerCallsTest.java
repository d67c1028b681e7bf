// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.calls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.ManagedChannel;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollDomainSocketChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.unix.DomainSocketAddress;
import io.railfs.csi.v1.ControllerGetCapabilitiesRequest;
import io.railfs.csi.v1.ControllerGrpc;
import io.railfs.csi.v1.ControllerServiceCapability.RPC;
import io.railfs.csi.v1.CreateVolumeRequest;
import io.railfs.csi.v1.DeleteVolumeRequest;
import io.railfs.csi.v1.GetPluginCapabilitiesRequest;
import io.railfs.csi.v1.IdentityGrpc;
import io.railfs.csi.v1.PluginCapability;
import io.railfs.csi.v1.ValidateVolumeCapabilitiesRequest;
import io.railfs.csi.v1.ValidateVolumeCapabilitiesResponse;
import io.railfs.csi.v1.Volume;
import io.railfs.csi.v1.VolumeCapability;
import io.railfs.csi.v1.VolumeCapability.AccessMode;
import io.railfs.csi.v1.VolumeCapability.AccessMode.Mode;
import io.railfs.csi.v1.VolumeCapability.MountVolume;
import io.railfs.csi.v1.VolumeContentSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the specification and its checker csi-sanity ask of a controller, over the real socket. */
final class ControllerCallsTest {
  @TempDir private Path directory;

  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
  private SocketServer server;
  private ManagedChannel channel;

  @BeforeEach
  void start() throws Exception {
    server =
        SocketServer.start(
            directory.resolve("csi.sock"),
            List.of(new IdentityCalls("csi.railfs.io", true), new ControllerCalls()));
    channel =
        NettyChannelBuilder.forAddress(new DomainSocketAddress(server.socket().toFile()))
            .eventLoopGroup(group)
            .channelType(EpollDomainSocketChannel.class)
            .overrideAuthority("localhost")
            .usePlaintext()
            .build();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.close();
    var unused = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  private ControllerGrpc.ControllerBlockingStub controller() {
    return ControllerGrpc.newBlockingStub(channel).withDeadlineAfter(20, TimeUnit.SECONDS);
  }

  private static VolumeCapability capability(Mode mode) {
    return VolumeCapability.newBuilder()
        .setMount(MountVolume.getDefaultInstance())
        .setAccessMode(AccessMode.newBuilder().setMode(mode))
        .build();
  }

  private static CreateVolumeRequest.Builder request(String name) {
    return CreateVolumeRequest.newBuilder()
        .setName(name)
        .addVolumeCapabilities(capability(Mode.MULTI_NODE_READER_ONLY))
        .putAllParameters(
            Map.of("mount", "data", "path", "/a", "csi.storage.k8s.io/pvc/name", "c"));
  }

  private Volume create(CreateVolumeRequest.Builder request) {
    return controller().createVolume(request.build()).getVolume();
  }

  private static void assertRefused(Code code, String words, Runnable call) {
    StatusRuntimeException problem = catchThrowableOfType(StatusRuntimeException.class, call::run);
    assertThat(problem).isNotNull();
    assertThat(problem.getStatus().getCode()).isEqualTo(code);
    assertThat(problem.getStatus().getDescription()).contains(words);
  }

  @Test
  void itSaysThatItMakesVolumes() {
    assertThat(
            IdentityGrpc.newBlockingStub(channel)
                .getPluginCapabilities(GetPluginCapabilitiesRequest.getDefaultInstance())
                .getCapabilitiesList())
        .extracting(one -> one.getService().getType())
        .containsExactly(PluginCapability.Service.Type.CONTROLLER_SERVICE);
    assertThat(
            controller()
                .controllerGetCapabilities(ControllerGetCapabilitiesRequest.getDefaultInstance())
                .getCapabilitiesList())
        .extracting(one -> one.getRpc().getType())
        .containsExactly(RPC.Type.CREATE_DELETE_VOLUME);
  }

  @Test
  void theSameRequestIsTheSameVolumeAndAnotherOneOfTheNameIsRefused() {
    Volume first = create(request("pvc-1"));
    assertThat(first.getVolumeId()).isNotEmpty().hasSizeLessThanOrEqualTo(128);
    assertThat(first.getVolumeContextMap())
        .containsOnly(Map.entry("mount", "data"), Map.entry("path", "/a"));
    assertThat(create(request("pvc-1"))).isEqualTo(first);
    assertThat(create(request("pvc-2")).getVolumeId()).isNotEqualTo(first.getVolumeId());
    assertRefused(
        Code.ALREADY_EXISTS,
        "made with other parameters",
        () -> create(request("pvc-1").putParameters("path", "/b")));
    for (int round = 0; round < 2; round++) {
      delete(first.getVolumeId());
    }
    assertThat(create(request("pvc-1").putParameters("path", "/b")).getVolumeId())
        .isNotEqualTo(first.getVolumeId());
    delete("unknown");
  }

  private void delete(String id) {
    var unused =
        controller().deleteVolume(DeleteVolumeRequest.newBuilder().setVolumeId(id).build());
  }

  @Test
  void aRequestThatLacksSomethingOrCannotBeIsRefused() {
    assertRefused(Code.INVALID_ARGUMENT, "name is missing", () -> create(request("")));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "volume_capabilities is missing",
        () -> create(request("n").clearVolumeCapabilities()));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "access mode MULTI_NODE_MULTI_WRITER",
        () -> create(request("n").addVolumeCapabilities(capability(Mode.MULTI_NODE_MULTI_WRITER))));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "no volume attribute 'size'",
        () -> create(request("n").putParameters("size", "1")));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "fills no volume",
        () ->
            create(request("n").setVolumeContentSource(VolumeContentSource.getDefaultInstance())));
    assertRefused(Code.INVALID_ARGUMENT, "volume_id is missing", () -> delete(""));
    String longest = "n".repeat(128);
    assertThat(create(request(longest)).getVolumeId()).isNotEmpty();
  }

  private ValidateVolumeCapabilitiesResponse validate(String id, Mode... modes) {
    ValidateVolumeCapabilitiesRequest.Builder request =
        ValidateVolumeCapabilitiesRequest.newBuilder().setVolumeId(id);
    for (Mode mode : modes) {
      request.addVolumeCapabilities(capability(mode));
    }
    return controller().validateVolumeCapabilities(request.build());
  }

  @Test
  void whatAVolumeCanBeUsedForIsConfirmed() {
    String id = create(request("pvc-1")).getVolumeId();
    assertThat(
            validate(id, Mode.MULTI_NODE_READER_ONLY, Mode.SINGLE_NODE_READER_ONLY)
                .getConfirmed()
                .getVolumeCapabilitiesCount())
        .isEqualTo(2);
    ValidateVolumeCapabilitiesResponse writer =
        validate(id, Mode.MULTI_NODE_READER_ONLY, Mode.SINGLE_NODE_WRITER);
    assertThat(writer.hasConfirmed()).isFalse();
    assertThat(writer.getMessage()).contains("read-only");
    assertRefused(
        Code.NOT_FOUND, "there is no volume x", () -> validate("x", Mode.SINGLE_NODE_READER_ONLY));
    assertRefused(Code.INVALID_ARGUMENT, "volume_id is missing", () -> validate(""));
    assertRefused(Code.INVALID_ARGUMENT, "volume_capabilities is missing", () -> validate(id));
  }
}
