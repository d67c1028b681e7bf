// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.Taint;
import io.fabric8.kubernetes.api.model.storage.CSINodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** Against a server that stores objects as that of Kubernetes does. */
@EnableKubernetesMockClient(crud = true)
final class StartupTaintTest {
  private static final String KEY = "csi.railfs.io/agent-not-ready";
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private KubernetesClient client;

  private List<String> taints() {
    return client.nodes().withName("node-1").get().getSpec().getTaints().stream()
        .map(Taint::getKey)
        .toList();
  }

  @Test
  void theTaintGoesWhenTheDriverStandsInCsiNodeAndOthersStay() throws Exception {
    client
        .resource(
            new NodeBuilder()
                .withNewMetadata()
                .withName("node-1")
                .endMetadata()
                .withNewSpec()
                .addNewTaint("NoSchedule", KEY, null, "")
                .addNewTaint("NoSchedule", "other", null, "")
                .endSpec()
                .build())
        .create();
    try (StartupTaint taint = new StartupTaint(client, "node-1", "csi.railfs.io", KEY)) {
      taint.removeWhenRegistered();
      taint.removeWhenRegistered();
      // kubelet has registered it, and the scheduler cannot know that yet.
      Thread.sleep(1500);
      assertThat(taints()).containsExactlyInAnyOrder(KEY, "other");
      client
          .resource(
              new CSINodeBuilder()
                  .withNewMetadata()
                  .withName("node-1")
                  .endMetadata()
                  .withNewSpec()
                  .addNewDriver()
                  .withName("csi.railfs.io")
                  .withNodeID("node-1")
                  .endDriver()
                  .endSpec()
                  .build())
          .create();
      Awaitility.await().atMost(LIMIT).until(() -> taints().equals(List.of("other")));
    }
  }
}
