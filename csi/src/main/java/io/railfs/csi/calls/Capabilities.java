// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.calls;

import io.railfs.csi.v1.VolumeCapability;
import io.railfs.csi.v1.VolumeCapability.AccessMode.Mode;
import io.railfs.csi.v1.VolumeCapability.AccessTypeCase;
import io.railfs.csi.volumes.VolumeException;
import io.railfs.csi.volumes.VolumeException.Reason;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a volume of RailFS can be used for: a file system, by readers. */
final class Capabilities {
  /** What kubelet adds where the volume stands in the pod itself. */
  private static final String EPHEMERAL = "csi.storage.k8s.io/ephemeral";

  private Capabilities() {}

  /** Why a volume cannot be used so; empty where it can. */
  static Optional<String> refusal(VolumeCapability capability) {
    if (capability.getAccessTypeCase() == AccessTypeCase.BLOCK) {
      return Optional.of("RailFS has no volumes of mode Block; use volumeMode: Filesystem");
    }
    Mode mode = capability.getAccessMode().getMode();
    return switch (mode) {
      case SINGLE_NODE_READER_ONLY, MULTI_NODE_READER_ONLY -> Optional.empty();
      default ->
          Optional.of(
              "RailFS is read-only and has no volumes of access mode "
                  + mode
                  + "; use accessModes: [ReadOnlyMany]");
    };
  }

  /** Checks those of a request. */
  static void check(List<VolumeCapability> capabilities) throws VolumeException {
    if (capabilities.isEmpty()) {
      throw missing("volume_capabilities");
    }
    for (VolumeCapability capability : capabilities) {
      checkComplete(capability);
      Optional<String> refusal = refusal(capability);
      if (refusal.isPresent()) {
        throw new VolumeException(Reason.INVALID, refusal.get());
      }
    }
  }

  /**
   * Checks that of a volume that is to be published. An inline volume of a pod comes as one of a
   * writer always, as a pod cannot say an access mode; its readOnly is what counts then.
   */
  static void check(VolumeCapability capability, boolean readOnly, Map<String, String> context)
      throws VolumeException {
    checkComplete(capability);
    boolean isInline = Boolean.parseBoolean(context.get(EPHEMERAL));
    if (isInline && capability.getAccessTypeCase() == AccessTypeCase.MOUNT) {
      if (!readOnly) {
        throw new VolumeException(
            Reason.INVALID, "RailFS is read-only: an inline volume of it needs readOnly: true");
      }
      return;
    }
    check(List.of(capability));
  }

  private static void checkComplete(VolumeCapability capability) throws VolumeException {
    if (capability.getAccessTypeCase() == AccessTypeCase.ACCESSTYPE_NOT_SET) {
      throw missing("volume_capability.access_type");
    }
    if (capability.getAccessMode().getMode() == Mode.UNKNOWN) {
      throw missing("volume_capability.access_mode");
    }
  }

  static VolumeException missing(String field) {
    return new VolumeException(Reason.INVALID, "the field " + field + " is missing");
  }

  /** The value of a field that has to be there. */
  static String present(String field, String value) throws VolumeException {
    if (value.isEmpty()) {
      throw missing(field);
    }
    return value;
  }
}
