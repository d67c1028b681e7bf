// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.grpc.BindableService;
import io.railfs.base.CloseStack;
import io.railfs.csi.calls.ControllerCalls;
import io.railfs.csi.calls.HandoverServer;
import io.railfs.csi.calls.IdentityCalls;
import io.railfs.csi.calls.NodeCalls;
import io.railfs.csi.calls.RegistrationCalls;
import io.railfs.csi.calls.SocketServer;
import io.railfs.csi.cluster.Provisioner;
import io.railfs.csi.cluster.StartupTaint;
import io.railfs.csi.volumes.MountMaker;
import io.railfs.csi.volumes.Volumes;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running driver: what its settings say it does. Closing it leaves the volumes as they are. */
public final class CsiDriver implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(CsiDriver.class);

  private static final long PROVISIONER_PERIOD_MILLIS = 60_000;

  private final CloseStack parts;

  private CsiDriver(CloseStack parts) {
    this.parts = parts;
  }

  /**
   * Starts it; when this returns, it serves.
   *
   * @throws IOException where a socket or directory cannot be used
   */
  public static CsiDriver start(CsiSettings settings) throws IOException {
    CloseStack parts = new CloseStack();
    try {
      new Start(settings, parts).run();
      return new CsiDriver(parts);
    } catch (IOException | RuntimeException e) {
      parts.close();
      throw e;
    }
  }

  private static final class Start {
    private final CsiSettings settings;
    private final CloseStack parts;
    private Optional<KubernetesClient> cluster = Optional.empty();

    Start(CsiSettings settings, CloseStack parts) {
      this.settings = settings;
      this.parts = parts;
    }

    void run() throws IOException {
      boolean isNode = settings.services().contains(CsiService.NODE);
      boolean isController = settings.services().contains(CsiService.CONTROLLER);
      if (isNode || isController) {
        serve(isNode, isController);
      }
      if (isNode && !settings.handover().mounts().isEmpty()) {
        handOver(settings.handover());
      }
      if (isNode && settings.register()) {
        register();
      }
      if (settings.services().contains(CsiService.PROVISIONER)) {
        parts.push(Provisioner.start(cluster(), settings.driver(), PROVISIONER_PERIOD_MILLIS));
        log.info("volumes are made for claims of the StorageClasses of {}", settings.driver());
      }
    }

    private void serve(boolean isNode, boolean isController) throws IOException {
      List<BindableService> services = new ArrayList<>();
      services.add(new IdentityCalls(settings.driver(), isController));
      if (isNode) {
        Volumes volumes =
            Volumes.open(
                settings.kubelet(), settings.mounts(), settings.state(), settings.callTimeout());
        parts.push(volumes);
        log.info("{} volumes are published on this node", volumes.published().size());
        services.add(new NodeCalls(settings.node(), volumes));
      }
      if (isController) {
        services.add(new ControllerCalls());
      }
      parts.push(SocketServer.start(settings.socket(), services));
      log.info("{} is served at {}", settings.driver(), settings.socket());
    }

    private void handOver(CsiSettings.Handover handover) throws IOException {
      MountMaker maker =
          parts.push(new MountMaker(settings.mounts(), handover.mounts(), settings.callTimeout()));
      parts.push(HandoverServer.start(handover.socket(), handover.user(), maker));
      log.info(
          "mounts {} are made for processes of user {} at {}",
          String.join(", ", new TreeSet<>(handover.mounts())),
          handover.user(),
          handover.socket());
    }

    private void register() throws IOException {
      Runnable registered = () -> {};
      if (!settings.startupTaint().isEmpty()) {
        StartupTaint taint =
            new StartupTaint(
                cluster(), settings.node(), settings.driver(), settings.startupTaint());
        parts.push(taint);
        registered = taint::removeWhenRegistered;
      }
      parts.push(
          SocketServer.start(
              settings.registration(),
              List.of(new RegistrationCalls(settings.driver(), settings.socket(), registered))));
    }

    private KubernetesClient cluster() {
      if (cluster.isEmpty()) {
        cluster = Optional.of(new KubernetesClientBuilder().build());
        parts.push(cluster.get());
      }
      return cluster.get();
    }
  }

  @Override
  public void close() {
    parts.close();
  }
}
