// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.calls;

import io.grpc.stub.StreamObserver;
import io.railfs.csi.kernel.SpaceNumbers;
import io.railfs.csi.v1.NodeGetCapabilitiesRequest;
import io.railfs.csi.v1.NodeGetCapabilitiesResponse;
import io.railfs.csi.v1.NodeGetInfoRequest;
import io.railfs.csi.v1.NodeGetInfoResponse;
import io.railfs.csi.v1.NodeGetVolumeStatsRequest;
import io.railfs.csi.v1.NodeGetVolumeStatsResponse;
import io.railfs.csi.v1.NodeGrpc;
import io.railfs.csi.v1.NodePublishVolumeRequest;
import io.railfs.csi.v1.NodePublishVolumeResponse;
import io.railfs.csi.v1.NodeServiceCapability;
import io.railfs.csi.v1.NodeServiceCapability.RPC;
import io.railfs.csi.v1.NodeUnpublishVolumeRequest;
import io.railfs.csi.v1.NodeUnpublishVolumeResponse;
import io.railfs.csi.v1.VolumeCondition;
import io.railfs.csi.v1.VolumeUsage;
import io.railfs.csi.volumes.VolumeException;
import io.railfs.csi.volumes.VolumeSource;
import io.railfs.csi.volumes.VolumeState;
import io.railfs.csi.volumes.Volumes;
import java.util.List;

/** Volumes of this machine. */
public final class NodeCalls extends NodeGrpc.NodeImplBase {
  private final String node;
  private final Volumes volumes;

  public NodeCalls(String node, Volumes volumes) {
    this.node = node;
    this.volumes = volumes;
  }

  @Override
  public void nodePublishVolume(
      NodePublishVolumeRequest request, StreamObserver<NodePublishVolumeResponse> caller) {
    Reply.to(caller, () -> publish(request));
  }

  private NodePublishVolumeResponse publish(NodePublishVolumeRequest request)
      throws VolumeException {
    String volume = Capabilities.present("volume_id", request.getVolumeId());
    String target = Capabilities.present("target_path", request.getTargetPath());
    if (!request.hasVolumeCapability()) {
      throw Capabilities.missing("volume_capability");
    }
    Capabilities.check(
        request.getVolumeCapability(), request.getReadonly(), request.getVolumeContextMap());
    List<String> flags = request.getVolumeCapability().getMount().getMountFlagsList();
    volumes.publish(volume, target, VolumeSource.of(request.getVolumeContextMap(), flags));
    return NodePublishVolumeResponse.getDefaultInstance();
  }

  @Override
  public void nodeUnpublishVolume(
      NodeUnpublishVolumeRequest request, StreamObserver<NodeUnpublishVolumeResponse> caller) {
    Reply.to(
        caller,
        () -> {
          volumes.unpublish(
              Capabilities.present("volume_id", request.getVolumeId()),
              Capabilities.present("target_path", request.getTargetPath()));
          return NodeUnpublishVolumeResponse.getDefaultInstance();
        });
  }

  @Override
  public void nodeGetVolumeStats(
      NodeGetVolumeStatsRequest request, StreamObserver<NodeGetVolumeStatsResponse> caller) {
    Reply.to(
        caller,
        () ->
            reply(
                volumes.state(
                    Capabilities.present("volume_id", request.getVolumeId()),
                    Capabilities.present("volume_path", request.getVolumePath()))));
  }

  private static NodeGetVolumeStatsResponse reply(VolumeState state) {
    NodeGetVolumeStatsResponse.Builder reply =
        NodeGetVolumeStatsResponse.newBuilder()
            .setVolumeCondition(
                VolumeCondition.newBuilder()
                    .setAbnormal(state.problem().isPresent())
                    .setMessage(state.problem().orElse("the mount answers")));
    // kubelet takes an answer without numbers for a failure, and drops the condition then.
    SpaceNumbers space = state.space().orElse(new SpaceNumbers(0, 0, 0, 0, 0));
    return reply
        .addUsage(
            VolumeUsage.newBuilder()
                .setUnit(VolumeUsage.Unit.BYTES)
                .setTotal(space.totalBytes())
                .setAvailable(space.availableBytes())
                .setUsed(space.totalBytes() - space.freeBytes()))
        .addUsage(
            VolumeUsage.newBuilder()
                .setUnit(VolumeUsage.Unit.INODES)
                .setTotal(space.files())
                .setAvailable(space.freeFiles())
                .setUsed(space.files() - space.freeFiles()))
        .build();
  }

  @Override
  public void nodeGetCapabilities(
      NodeGetCapabilitiesRequest request, StreamObserver<NodeGetCapabilitiesResponse> caller) {
    Reply.to(
        caller,
        () ->
            NodeGetCapabilitiesResponse.newBuilder()
                .addCapabilities(capability(RPC.Type.GET_VOLUME_STATS))
                .addCapabilities(capability(RPC.Type.VOLUME_CONDITION))
                .build());
  }

  private static NodeServiceCapability capability(RPC.Type type) {
    return NodeServiceCapability.newBuilder().setRpc(RPC.newBuilder().setType(type)).build();
  }

  @Override
  public void nodeGetInfo(NodeGetInfoRequest request, StreamObserver<NodeGetInfoResponse> caller) {
    Reply.to(caller, () -> NodeGetInfoResponse.newBuilder().setNodeId(node).build());
  }
}
