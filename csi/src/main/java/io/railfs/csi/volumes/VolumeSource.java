// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.volumes;

import static java.util.Objects.requireNonNull;

import io.railfs.csi.volumes.VolumeException.Reason;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a volume shows.
 *
 * @param mount name of the mount, an entry of the directory of mounts
 * @param path directory of the dataset, without a slash in front; empty for all of it
 * @param mayExecute whether programs may be started from it
 */
public record VolumeSource(String mount, String path, boolean mayExecute) {
  /** Keys of a volume's attributes, and of a StorageClass's parameters. */
  private static final String MOUNT = "mount";

  private static final String PATH = "path";
  private static final String OPTIONS = "mountOptions";

  private static final String NO_EXECUTION = "noexec";

  /** Always so, or without a meaning where nothing is written. */
  private static final List<String> NO_CHANGE =
      List.of("ro", "nosuid", "nodev", "exec", "noatime", "nodiratime", "relatime");

  /** What Kubernetes itself adds. */
  private static final Pattern OF_KUBERNETES =
      Pattern.compile("(csi\\.storage\\.k8s\\.io|storage\\.kubernetes\\.io)/.*");

  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}");

  public VolumeSource {
    requireNonNull(mount, "mount is null");
    requireNonNull(path, "path is null");
  }

  /**
   * Of the attributes of a volume.
   *
   * @param flags mount options that stand beside the attributes
   */
  public static VolumeSource of(Map<String, String> attributes, List<String> flags)
      throws VolumeException {
    for (String key : attributes.keySet()) {
      if (!List.of(MOUNT, PATH, OPTIONS).contains(key) && !OF_KUBERNETES.matcher(key).matches()) {
        throw invalid(
            "there is no volume attribute '%s'; there are mount, path and mountOptions", key);
      }
    }
    List<String> options = new ArrayList<>(flags);
    options.addAll(Arrays.asList(attributes.getOrDefault(OPTIONS, "").split(",", -1)));
    return new VolumeSource(
        mount(attributes.getOrDefault(MOUNT, "")),
        path(attributes.getOrDefault(PATH, "")),
        mayExecute(options));
  }

  private static String mount(String name) throws VolumeException {
    if (!NAME.matcher(name).matches()) {
      throw invalid(
          "the volume attribute mount is '%s'; it has to be the name of a mount of the node", name);
    }
    return name;
  }

  private static String path(String path) throws VolumeException {
    List<String> names = new ArrayList<>();
    for (String name : path.split("/", -1)) {
      if (name.equals("..") || name.indexOf('\0') >= 0) {
        throw invalid("the volume attribute path '%s' leads out of the dataset", path);
      }
      if (!name.isEmpty() && !name.equals(".")) {
        names.add(name);
      }
    }
    return String.join("/", names);
  }

  private static boolean mayExecute(List<String> options) throws VolumeException {
    for (String option : options) {
      String name = option.strip();
      if (!name.isEmpty() && !name.equals(NO_EXECUTION) && !NO_CHANGE.contains(name)) {
        throw invalid(
            "a volume of RailFS has no mount option '%s'; there are ro, nosuid, nodev and noexec;"
                + " others are settings of the node's mount",
            name);
      }
    }
    return options.stream().noneMatch(option -> option.strip().equals(NO_EXECUTION));
  }

  private static VolumeException invalid(String format, String word) {
    return new VolumeException(Reason.INVALID, format.formatted(word));
  }

  /** The attributes that stand for this. */
  public Map<String, String> attributes() {
    return mayExecute
        ? Map.of(MOUNT, mount, PATH, "/" + path)
        : Map.of(MOUNT, mount, PATH, "/" + path, OPTIONS, NO_EXECUTION);
  }
}
