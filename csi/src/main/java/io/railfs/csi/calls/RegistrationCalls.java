// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.calls;

import io.grpc.stub.StreamObserver;
import io.railfs.csi.registration.InfoRequest;
import io.railfs.csi.registration.PluginInfo;
import io.railfs.csi.registration.RegistrationGrpc;
import io.railfs.csi.registration.RegistrationStatus;
import io.railfs.csi.registration.RegistrationStatusResponse;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes the driver known to kubelet, which asks and reports whether it took it. */
public final class RegistrationCalls extends RegistrationGrpc.RegistrationImplBase {
  private static final Logger log = LoggerFactory.getLogger(RegistrationCalls.class);

  private static final String TYPE = "CSIPlugin";
  private static final String SPECIFICATION = "1.0.0";

  private final String driver;
  private final Path socket;
  private final Runnable registered;

  /**
   * @param socket at which the driver serves
   * @param registered called whenever kubelet has taken the driver
   */
  public RegistrationCalls(String driver, Path socket, Runnable registered) {
    this.driver = driver;
    this.socket = socket;
    this.registered = registered;
  }

  @Override
  public void getInfo(InfoRequest request, StreamObserver<PluginInfo> caller) {
    Reply.to(
        caller,
        () ->
            PluginInfo.newBuilder()
                .setType(TYPE)
                .setName(driver)
                .setEndpoint(socket.toString())
                .addSupportedVersions(SPECIFICATION)
                .build());
  }

  @Override
  public void notifyRegistrationStatus(
      RegistrationStatus status, StreamObserver<RegistrationStatusResponse> caller) {
    Reply.to(
        caller,
        () -> {
          if (status.getPluginRegistered()) {
            log.info("kubelet has registered {}", driver);
            registered.run();
          } else {
            log.error(
                "kubelet has not registered {}: {}; it tries again", driver, status.getError());
          }
          return RegistrationStatusResponse.getDefaultInstance();
        });
  }
}
