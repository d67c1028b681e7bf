// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Event;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.server.mock.EnableKubernetesMockClient;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Against a server that stores objects and reports changes as that of Kubernetes does. */
@EnableKubernetesMockClient(crud = true)
final class ProvisionerTest {
  private static final String DRIVER = "csi.railfs.io";
  private static final String ASKED = "volume.kubernetes.io/storage-provisioner";
  private static final Duration LIMIT = Duration.ofSeconds(20);

  private KubernetesClient client;
  private Provisioner provisioner;

  @BeforeEach
  void start() {
    storageClass("imagenet", DRIVER, "Immediate", Map.of("mount", "data", "path", "/imagenet"));
    storageClass("later", DRIVER, "WaitForFirstConsumer", Map.of("mount", "data"));
    storageClass("wrong", DRIVER, "Immediate", Map.of("mount", "data", "pth", "/x"));
    storageClass("disk", "other.example", "Immediate", Map.of());
    provisioner = Provisioner.start(client, DRIVER, 1000);
  }

  @AfterEach
  void stop() {
    provisioner.close();
  }

  private void storageClass(
      String name, String driver, String mode, Map<String, String> parameters) {
    client
        .resource(
            new StorageClassBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withProvisioner(driver)
                .withVolumeBindingMode(mode)
                .withReclaimPolicy("Delete")
                .withMountOptions("noexec")
                .withParameters(parameters)
                .build())
        .create();
  }

  private PersistentVolumeClaim claim(
      String name, String storageClass, String mode, Map<String, String> annotations) {
    return client
        .resource(
            new PersistentVolumeClaimBuilder()
                .withNewMetadata()
                .withName(name)
                .withNamespace("jobs")
                .withAnnotations(annotations)
                .endMetadata()
                .withNewSpec()
                .withStorageClassName(storageClass)
                .withAccessModes(mode)
                .withNewResources()
                .withRequests(Map.of("storage", new Quantity("1Ti")))
                .endResources()
                .endSpec()
                .build())
        .create();
  }

  private PersistentVolume awaitVolumeOf(PersistentVolumeClaim claim) {
    String name = "pvc-" + claim.getMetadata().getUid();
    Awaitility.await()
        .atMost(LIMIT)
        .until(() -> client.persistentVolumes().withName(name).get() != null);
    return client.persistentVolumes().withName(name).get();
  }

  @Test
  void aClaimGetsAVolumeThatNamesItsPartOfTheDataset() {
    PersistentVolumeClaim claim = claim("c", "imagenet", "ReadOnlyMany", Map.of(ASKED, DRIVER));
    PersistentVolumeSpec spec = awaitVolumeOf(claim).getSpec();
    assertThat(spec.getCsi().getDriver()).isEqualTo(DRIVER);
    assertThat(spec.getCsi().getReadOnly()).isTrue();
    assertThat(spec.getCsi().getVolumeHandle()).matches("vol-[0-9a-f]{32}");
    assertThat(spec.getCsi().getVolumeAttributes())
        .containsEntry("mount", "data")
        .containsEntry("path", "/imagenet")
        .containsEntry("mountOptions", "noexec");
    assertThat(spec.getAccessModes()).containsExactly("ReadOnlyMany");
    assertThat(spec.getCapacity()).containsEntry("storage", new Quantity("1Ti"));
    assertThat(spec.getStorageClassName()).isEqualTo("imagenet");
    assertThat(spec.getPersistentVolumeReclaimPolicy()).isEqualTo("Delete");
    assertThat(spec.getClaimRef().getNamespace()).isEqualTo("jobs");
    assertThat(spec.getClaimRef().getName()).isEqualTo("c");
    assertThat(spec.getClaimRef().getUid()).isEqualTo(claim.getMetadata().getUid());
  }

  @Test
  void aClaimOfALateClassWaitsForItsNode() {
    PersistentVolumeClaim early = claim("early", "later", "ReadOnlyMany", Map.of(ASKED, DRIVER));
    PersistentVolumeClaim late =
        claim(
            "late",
            "later",
            "ReadOnlyMany",
            Map.of(ASKED, DRIVER, "volume.kubernetes.io/selected-node", "node-1"));
    awaitVolumeOf(late);
    assertThat(client.persistentVolumes().withName("pvc-" + early.getMetadata().getUid()).get())
        .isNull();
  }

  @Test
  void claimsOfOthersAndThoseThatNobodyAskedForAreIgnored() {
    claim("of-other", "disk", "ReadOnlyMany", Map.of(ASKED, "other.example"));
    claim("of-other-2", "disk", "ReadOnlyMany", Map.of(ASKED, DRIVER));
    claim("not-asked", "imagenet", "ReadOnlyMany", Map.of());
    awaitVolumeOf(claim("asked", "imagenet", "ReadOnlyMany", Map.of(ASKED, DRIVER)));
    assertThat(client.persistentVolumes().list().getItems()).hasSize(1);
  }

  @Test
  void aClaimThatCannotBeGetsOneEventWithASentence() throws Exception {
    claim("writer", "imagenet", "ReadWriteMany", Map.of(ASKED, DRIVER));
    claim("wrong", "wrong", "ReadOnlyMany", Map.of(ASKED, DRIVER));
    Awaitility.await().atMost(LIMIT).until(() -> events().size() == 2);
    // Longer than the period after which all is looked at again.
    Thread.sleep(1500);
    assertThat(events())
        .extracting(event -> event.getInvolvedObject().getName() + ": " + event.getMessage())
        .containsExactlyInAnyOrder(
            "writer: RailFS is read-only; the claim needs accessModes: [ReadOnlyMany]",
            "wrong: there is no volume attribute 'pth'; there are mount, path and mountOptions");
    assertThat(client.persistentVolumes().list().getItems()).isEmpty();
  }

  private List<Event> events() {
    return client.v1().events().inNamespace("jobs").list().getItems();
  }

  @Test
  void aVolumeGoesWhenItsClaimHasGoneUnlessItIsToBeKept() {
    released("kept", "Retain", Map.of("pv.kubernetes.io/provisioned-by", DRIVER));
    released("by-hand", "Delete", Map.of());
    released("over", "Delete", Map.of("pv.kubernetes.io/provisioned-by", DRIVER));
    Awaitility.await()
        .atMost(LIMIT)
        .until(() -> client.persistentVolumes().withName("over").get() == null);
    assertThat(client.persistentVolumes().list().getItems())
        .extracting(volume -> volume.getMetadata().getName())
        .containsExactlyInAnyOrder("kept", "by-hand");
  }

  private void released(String name, String policy, Map<String, String> annotations) {
    client
        .resource(
            new PersistentVolumeBuilder()
                .withNewMetadata()
                .withName(name)
                .withAnnotations(annotations)
                .endMetadata()
                .withNewSpec()
                .withPersistentVolumeReclaimPolicy(policy)
                .endSpec()
                .withNewStatus()
                .withPhase("Released")
                .endStatus()
                .build())
        .create();
  }
}
