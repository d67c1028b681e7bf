// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.cluster;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.storage.CSINode;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the taint off the node that keeps pods away until its volumes can be published. kubelet
 * says that it has registered a driver before the scheduler can see that: what counts is that the
 * driver stands in the CSINode object of the node. Asked again each second until it is done.
 */
public final class StartupTaint implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StartupTaint.class);

  private static final long PERIOD_MILLIS = 1000;

  private final KubernetesClient cluster;
  private final String node;
  private final String driver;
  private final String key;
  private final AtomicBoolean started = new AtomicBoolean();
  private String reported = "";
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          work -> {
            Thread made = new Thread(work, "railfs-csi-taint");
            made.setDaemon(true);
            return made;
          });

  /**
   * @param key of the taint
   */
  public StartupTaint(KubernetesClient cluster, String node, String driver, String key) {
    this.cluster = cluster;
    this.node = node;
    this.driver = driver;
    this.key = key;
  }

  /** Begins to ask, the first time it is called. */
  public void removeWhenRegistered() {
    if (started.compareAndSet(false, true)) {
      var unused =
          thread.scheduleWithFixedDelay(this::tryOnce, 0, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  private void tryOnce() {
    try {
      if (isRegistered()) {
        remove();
        thread.shutdown();
      }
    } catch (KubernetesClientException e) {
      if (!reported.equals(String.valueOf(e.getMessage()))) {
        reported = String.valueOf(e.getMessage());
        log.warn("taint {} of node {} cannot be removed yet: {}", key, node, reported);
      }
    } catch (RuntimeException e) {
      log.error("taint {} of node {} is not removed, by a defect of the driver", key, node, e);
      throw e;
    }
  }

  private boolean isRegistered() {
    CSINode seen = cluster.storage().v1().csiNodes().withName(node).get();
    return seen != null
        && seen.getSpec().getDrivers().stream().anyMatch(one -> one.getName().equals(driver));
  }

  private void remove() {
    Node now = cluster.nodes().withName(node).get();
    if (now == null || now.getSpec().getTaints().stream().noneMatch(this::isOurs)) {
      log.debug("node {} has no taint {}", node, key);
      return;
    }
    Node unused = cluster.nodes().withName(node).edit(this::without);
    log.info("taint {} of node {} is removed: {} is registered there", key, node, driver);
  }

  private boolean isOurs(Taint taint) {
    return key.equals(taint.getKey());
  }

  private Node without(Node seen) {
    List<Taint> others =
        seen.getSpec().getTaints().stream().filter(taint -> !isOurs(taint)).toList();
    return new NodeBuilder(seen).editSpec().withTaints(others).endSpec().build();
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
