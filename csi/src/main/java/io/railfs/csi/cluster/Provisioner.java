// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.cluster;

import io.fabric8.kubernetes.api.model.EventBuilder;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.PersistentVolume;
import io.fabric8.kubernetes.api.model.PersistentVolumeBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import io.railfs.csi.volumes.ProvisionedVolume;
import io.railfs.csi.volumes.VolumeException;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes a PersistentVolume for each claim of a StorageClass of this driver, and removes it when its
 * claim has gone: the volume is a name for a part of the dataset, so nothing is stored or removed.
 * Several may run at a time, as the name of the volume follows from the claim. What could not be
 * done is tried again when the watch repeats itself.
 */
public final class Provisioner implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Provisioner.class);

  private static final String PROVISIONED_BY = "pv.kubernetes.io/provisioned-by";

  /** How Kubernetes asks a driver for a volume, now and before 1.23. */
  private static final List<String> ASKED =
      List.of(
          "volume.kubernetes.io/storage-provisioner",
          "volume.beta.kubernetes.io/storage-provisioner");

  private static final String SELECTED_NODE = "volume.kubernetes.io/selected-node";
  private static final String AT_FIRST_CONSUMER = "WaitForFirstConsumer";
  private static final String READERS = "ReadOnlyMany";
  private static final String DELETE = "Delete";

  private final KubernetesClient cluster;
  private final String driver;
  private final SharedIndexInformer<PersistentVolumeClaim> claims;
  private final SharedIndexInformer<PersistentVolume> volumes;

  /** Claims whose refusal is an event already. */
  private final Set<String> refused = ConcurrentHashMap.newKeySet();

  private Provisioner(KubernetesClient cluster, String driver, long period) {
    this.cluster = cluster;
    this.driver = driver;
    this.claims =
        cluster.persistentVolumeClaims().inAnyNamespace().inform(each(this::provide), period);
    this.volumes = cluster.persistentVolumes().inform(each(this::release), period);
  }

  /**
   * Begins to watch.
   *
   * @param periodMillis after which everything is looked at again
   */
  public static Provisioner start(KubernetesClient cluster, String driver, long periodMillis) {
    return new Provisioner(cluster, driver, periodMillis);
  }

  private static <T> ResourceEventHandler<T> each(Consumer<T> work) {
    return new ResourceEventHandler<>() {
      @Override
      public void onAdd(T seen) {
        work.accept(seen);
      }

      @Override
      public void onUpdate(T before, T seen) {
        work.accept(seen);
      }

      @Override
      public void onDelete(T last, boolean isUnknown) {}
    };
  }

  private void provide(PersistentVolumeClaim claim) {
    try {
      Optional<StorageClass> wanted = storageClass(claim);
      if (wanted.isPresent()) {
        provide(claim, wanted.get());
      }
    } catch (VolumeException e) {
      refuse(claim, e.getMessage());
    } catch (KubernetesClientException e) {
      log.warn("no volume is made for {} yet: {}", name(claim.getMetadata()), e.getMessage());
    }
  }

  /** The class of a claim that waits for a volume of this driver. */
  private Optional<StorageClass> storageClass(PersistentVolumeClaim claim) {
    Map<String, String> annotations = annotations(claim.getMetadata());
    boolean isAsked = ASKED.stream().anyMatch(key -> driver.equals(annotations.get(key)));
    String name = claim.getSpec().getStorageClassName();
    if (!isAsked || name == null || claim.getSpec().getVolumeName() != null) {
      return Optional.empty();
    }
    return Optional.ofNullable(cluster.storage().v1().storageClasses().withName(name).get())
        .filter(one -> driver.equals(one.getProvisioner()))
        .filter(
            one ->
                !AT_FIRST_CONSUMER.equals(one.getVolumeBindingMode())
                    || annotations.containsKey(SELECTED_NODE));
  }

  private static Map<String, String> annotations(ObjectMeta of) {
    return of.getAnnotations() == null ? Map.of() : of.getAnnotations();
  }

  private void provide(PersistentVolumeClaim claim, StorageClass of) throws VolumeException {
    if (!claim.getSpec().getAccessModes().equals(List.of(READERS))) {
      throw new VolumeException(
          VolumeException.Reason.INVALID,
          "RailFS is read-only; the claim needs accessModes: [ReadOnlyMany]");
    }
    String name = "pvc-" + claim.getMetadata().getUid();
    Map<String, String> parameters = of.getParameters() == null ? Map.of() : of.getParameters();
    List<String> flags = of.getMountOptions() == null ? List.of() : of.getMountOptions();
    ProvisionedVolume volume = ProvisionedVolume.of(name, parameters, flags);
    try {
      PersistentVolume unused =
          cluster.persistentVolumes().resource(object(name, claim, of, volume)).create();
      log.info("volume {} is made for {}", name, name(claim.getMetadata()));
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
      // It is there: made before, or by another one of us.
    }
  }

  private PersistentVolume object(
      String name, PersistentVolumeClaim claim, StorageClass of, ProvisionedVolume volume) {
    return new PersistentVolumeBuilder()
        .withNewMetadata()
        .withName(name)
        .addToAnnotations(PROVISIONED_BY, driver)
        .endMetadata()
        .withNewSpec()
        .withCapacity(claim.getSpec().getResources().getRequests())
        .withAccessModes(READERS)
        .withVolumeMode("Filesystem")
        .withStorageClassName(of.getMetadata().getName())
        .withPersistentVolumeReclaimPolicy(
            of.getReclaimPolicy() == null ? DELETE : of.getReclaimPolicy())
        .withMountOptions(of.getMountOptions())
        .withNewClaimRef()
        .withApiVersion("v1")
        .withKind("PersistentVolumeClaim")
        .withNamespace(claim.getMetadata().getNamespace())
        .withName(claim.getMetadata().getName())
        .withUid(claim.getMetadata().getUid())
        .endClaimRef()
        .withNewCsi()
        .withDriver(driver)
        .withVolumeHandle(volume.id())
        .withReadOnly(true)
        .withVolumeAttributes(volume.source().attributes())
        .endCsi()
        .endSpec()
        .build();
  }

  /** Removes what nobody claims any more. */
  private void release(PersistentVolume volume) {
    boolean isOver =
        driver.equals(annotations(volume.getMetadata()).get(PROVISIONED_BY))
            && volume.getStatus() != null
            && "Released".equals(volume.getStatus().getPhase())
            && DELETE.equals(volume.getSpec().getPersistentVolumeReclaimPolicy());
    if (!isOver) {
      return;
    }
    try {
      var unused = cluster.persistentVolumes().resource(volume).delete();
      log.info("volume {} is removed, as its claim has gone", volume.getMetadata().getName());
    } catch (KubernetesClientException e) {
      log.warn("volume {} is not removed yet: {}", volume.getMetadata().getName(), e.getMessage());
    }
  }

  /** Says so where people look: in an event of the claim. */
  private void refuse(PersistentVolumeClaim claim, String sentence) {
    ObjectMeta of = claim.getMetadata();
    if (!refused.add(of.getUid() + sentence)) {
      return;
    }
    log.warn("no volume is made for {}: {}", name(of), sentence);
    String now = Instant.now().toString();
    try {
      var unused =
          cluster
              .v1()
              .events()
              .inNamespace(of.getNamespace())
              .resource(
                  new EventBuilder()
                      .withNewMetadata()
                      .withGenerateName(of.getName() + ".")
                      .withNamespace(of.getNamespace())
                      .endMetadata()
                      .withType("Warning")
                      .withReason("ProvisioningFailed")
                      .withMessage(sentence)
                      .withFirstTimestamp(now)
                      .withLastTimestamp(now)
                      .withCount(1)
                      .withNewSource()
                      .withComponent(driver)
                      .endSource()
                      .withNewInvolvedObject()
                      .withApiVersion("v1")
                      .withKind("PersistentVolumeClaim")
                      .withNamespace(of.getNamespace())
                      .withName(of.getName())
                      .withUid(of.getUid())
                      .endInvolvedObject()
                      .build())
              .create();
    } catch (KubernetesClientException e) {
      log.warn("the event about {} cannot be written: {}", name(of), e.getMessage());
    }
  }

  private static String name(ObjectMeta of) {
    return of.getNamespace() + "/" + of.getName();
  }

  @Override
  public void close() {
    claims.close();
    volumes.close();
  }
}
