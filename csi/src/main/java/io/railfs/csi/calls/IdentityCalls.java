// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.calls;

import com.google.protobuf.BoolValue;
import io.grpc.stub.StreamObserver;
import io.railfs.base.Release;
import io.railfs.csi.v1.GetPluginCapabilitiesRequest;
import io.railfs.csi.v1.GetPluginCapabilitiesResponse;
import io.railfs.csi.v1.GetPluginInfoRequest;
import io.railfs.csi.v1.GetPluginInfoResponse;
import io.railfs.csi.v1.IdentityGrpc;
import io.railfs.csi.v1.PluginCapability;
import io.railfs.csi.v1.ProbeRequest;
import io.railfs.csi.v1.ProbeResponse;

/** Who the plugin is. */
public final class IdentityCalls extends IdentityGrpc.IdentityImplBase {
  private final String driver;
  private final boolean hasController;

  public IdentityCalls(String driver, boolean hasController) {
    this.driver = driver;
    this.hasController = hasController;
  }

  @Override
  public void getPluginInfo(
      GetPluginInfoRequest request, StreamObserver<GetPluginInfoResponse> caller) {
    Reply.to(
        caller,
        () ->
            GetPluginInfoResponse.newBuilder()
                .setName(driver)
                .setVendorVersion(Release.VERSION)
                .build());
  }

  @Override
  public void getPluginCapabilities(
      GetPluginCapabilitiesRequest request, StreamObserver<GetPluginCapabilitiesResponse> caller) {
    GetPluginCapabilitiesResponse.Builder reply = GetPluginCapabilitiesResponse.newBuilder();
    if (hasController) {
      reply.addCapabilities(
          PluginCapability.newBuilder()
              .setService(
                  PluginCapability.Service.newBuilder()
                      .setType(PluginCapability.Service.Type.CONTROLLER_SERVICE)));
    }
    Reply.to(caller, reply::build);
  }

  @Override
  public void probe(ProbeRequest request, StreamObserver<ProbeResponse> caller) {
    // It serves when all is ready, and mounts that are not there are no fault of the plugin.
    Reply.to(caller, () -> ProbeResponse.newBuilder().setReady(BoolValue.of(true)).build());
  }
}
