// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.calls;

import io.grpc.stub.StreamObserver;
import io.railfs.base.BoundedMap;
import io.railfs.csi.v1.ControllerGetCapabilitiesRequest;
import io.railfs.csi.v1.ControllerGetCapabilitiesResponse;
import io.railfs.csi.v1.ControllerGrpc;
import io.railfs.csi.v1.ControllerServiceCapability;
import io.railfs.csi.v1.ControllerServiceCapability.RPC;
import io.railfs.csi.v1.CreateVolumeRequest;
import io.railfs.csi.v1.CreateVolumeResponse;
import io.railfs.csi.v1.DeleteVolumeRequest;
import io.railfs.csi.v1.DeleteVolumeResponse;
import io.railfs.csi.v1.ValidateVolumeCapabilitiesRequest;
import io.railfs.csi.v1.ValidateVolumeCapabilitiesResponse;
import io.railfs.csi.v1.ValidateVolumeCapabilitiesResponse.Confirmed;
import io.railfs.csi.v1.Volume;
import io.railfs.csi.v1.VolumeCapability;
import io.railfs.csi.volumes.ProvisionedVolume;
import io.railfs.csi.volumes.VolumeException;
import io.railfs.csi.volumes.VolumeException.Reason;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Volumes on demand, which are names for parts of the dataset: nothing is stored or removed. */
public final class ControllerCalls extends ControllerGrpc.ControllerImplBase {
  private static final int REMEMBERED = 10_000;

  /** Ids by name, of the last requests: the same name for something else is refused. */
  private final Map<String, String> made = BoundedMap.byAge(REMEMBERED);

  @Override
  public void createVolume(
      CreateVolumeRequest request, StreamObserver<CreateVolumeResponse> caller) {
    Reply.to(caller, () -> create(request));
  }

  private CreateVolumeResponse create(CreateVolumeRequest request) throws VolumeException {
    String name = Capabilities.present("name", request.getName());
    Capabilities.check(request.getVolumeCapabilitiesList());
    if (request.hasVolumeContentSource()) {
      throw new VolumeException(
          Reason.INVALID, "RailFS fills no volume from a snapshot or another volume");
    }
    List<String> flags =
        request.getVolumeCapabilitiesList().stream()
            .flatMap(one -> one.getMount().getMountFlagsList().stream())
            .toList();
    ProvisionedVolume volume = ProvisionedVolume.of(name, request.getParametersMap(), flags);
    remember(name, volume.id());
    return CreateVolumeResponse.newBuilder()
        .setVolume(
            Volume.newBuilder()
                .setVolumeId(volume.id())
                .putAllVolumeContext(volume.source().attributes()))
        .build();
  }

  private void remember(String name, String id) throws VolumeException {
    synchronized (made) {
      String there = made.putIfAbsent(name, id);
      if (there != null && !there.equals(id)) {
        throw new VolumeException(
            Reason.ALREADY_EXISTS, "volume " + name + " was made with other parameters");
      }
    }
  }

  @Override
  public void deleteVolume(
      DeleteVolumeRequest request, StreamObserver<DeleteVolumeResponse> caller) {
    Reply.to(
        caller,
        () -> {
          String id = Capabilities.present("volume_id", request.getVolumeId());
          synchronized (made) {
            made.values().removeIf(id::equals);
          }
          return DeleteVolumeResponse.getDefaultInstance();
        });
  }

  @Override
  public void validateVolumeCapabilities(
      ValidateVolumeCapabilitiesRequest request,
      StreamObserver<ValidateVolumeCapabilitiesResponse> caller) {
    Reply.to(caller, () -> validate(request));
  }

  private static ValidateVolumeCapabilitiesResponse validate(
      ValidateVolumeCapabilitiesRequest request) throws VolumeException {
    String id = Capabilities.present("volume_id", request.getVolumeId());
    if (request.getVolumeCapabilitiesCount() == 0) {
      throw Capabilities.missing("volume_capabilities");
    }
    if (!ProvisionedVolume.isId(id)) {
      throw new VolumeException(Reason.NOT_FOUND, "there is no volume " + id);
    }
    for (VolumeCapability capability : request.getVolumeCapabilitiesList()) {
      Optional<String> refusal = Capabilities.refusal(capability);
      if (refusal.isPresent()) {
        return ValidateVolumeCapabilitiesResponse.newBuilder().setMessage(refusal.get()).build();
      }
    }
    return ValidateVolumeCapabilitiesResponse.newBuilder()
        .setConfirmed(
            Confirmed.newBuilder()
                .putAllVolumeContext(request.getVolumeContextMap())
                .addAllVolumeCapabilities(request.getVolumeCapabilitiesList())
                .putAllParameters(request.getParametersMap()))
        .build();
  }

  @Override
  public void controllerGetCapabilities(
      ControllerGetCapabilitiesRequest request,
      StreamObserver<ControllerGetCapabilitiesResponse> caller) {
    Reply.to(
        caller,
        () ->
            ControllerGetCapabilitiesResponse.newBuilder()
                .addCapabilities(
                    ControllerServiceCapability.newBuilder()
                        .setRpc(RPC.newBuilder().setType(RPC.Type.CREATE_DELETE_VOLUME)))
                .build());
  }
}
