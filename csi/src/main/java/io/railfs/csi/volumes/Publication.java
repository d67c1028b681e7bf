// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.volumes;

import static java.util.Objects.requireNonNull;

import io.railfs.csi.volumes.VolumeException.Reason;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Properties;

/**
 * That a volume is to be seen at a target.
 *
 * @param volume its id
 * @param target absolute path
 * @param source what is to be seen
 */
public record Publication(String volume, Path target, VolumeSource source) {
  public Publication {
    requireNonNull(volume, "volume is null");
    requireNonNull(target, "target is null");
    requireNonNull(source, "source is null");
  }

  Properties toProperties() {
    Properties properties = new Properties();
    properties.setProperty("volume", volume);
    properties.setProperty("target", target.toString());
    properties.setProperty("mount", source.mount());
    properties.setProperty("path", source.path());
    properties.setProperty("may-execute", String.valueOf(source.mayExecute()));
    return properties;
  }

  /** Empty where the properties are none, as of a file that was damaged. */
  static Optional<Publication> of(Properties properties) {
    String volume = properties.getProperty("volume", "");
    String target = properties.getProperty("target", "");
    String mount = properties.getProperty("mount", "");
    if (volume.isEmpty() || target.isEmpty() || mount.isEmpty()) {
      return Optional.empty();
    }
    boolean mayExecute = Boolean.parseBoolean(properties.getProperty("may-execute"));
    VolumeSource source = new VolumeSource(mount, properties.getProperty("path", ""), mayExecute);
    try {
      return Optional.of(new Publication(volume, Path.of(target), source));
    } catch (InvalidPathException e) {
      return Optional.empty();
    }
  }

  /** The target of a request, which has to be a place that kubelet made. */
  static Path target(String text, Path kubelet) throws VolumeException {
    Path path;
    try {
      path = Path.of(text);
    } catch (InvalidPathException e) {
      throw new VolumeException(Reason.INVALID, "the target path is none: " + e.getMessage(), e);
    }
    if (!path.equals(path.normalize()) || !path.startsWith(kubelet) || path.equals(kubelet)) {
      throw new VolumeException(
          Reason.INVALID,
          "the target path %s is not below the directory of kubelet, %s; see railfs.csi.kubelet-directory"
              .formatted(text, kubelet));
    }
    return path;
  }
}
