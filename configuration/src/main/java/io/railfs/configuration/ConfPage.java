// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

import java.util.List;
import java.util.stream.Collectors;

/** docs/CONFIGURATION.md: every key with its default and meaning, module by module. */
final class ConfPage {
  private static final String HEADER =
      """
      # Configuration

      Generated from the `reference.conf` of each module by `%s`; edit those, not this page.

      A setting is looked for in this order: `-D key=value` on the command line (later ones win; `railfs.` may be left
      out), the conf file (`-c FILE`, else `railfs.conf` for a mount, `railfs-worker.conf` for a worker and `railfs-csi.conf`
      for the CSI driver in `$RAILFS_CONF_DIR`, else in `conf/` of the RailFS directory), the default below. A key that does not exist stops
      the start and names the nearest one that does. `railfs conf get [KEY] --source` prints what is in force and the
      file and line it comes from.

      Files are HOCON: durations `500ms`, `30s`, `5m`; sizes `64KiB`, `4MiB`, `4GiB`; lists `["a", "b"]`; `${?NAME}` takes an
      environment variable. Mount options (`-o`) and `--bind` are short forms of some of these keys.
      """;

  private ConfPage() {}

  static String render(Reference reference) {
    StringBuilder out = new StringBuilder(HEADER.formatted(ConfDocs.COMMAND));
    String module = "";
    for (ReferenceKey key : reference.keys().values()) {
      if (!key.module().equals(module)) {
        module = key.module();
        out.append("\n## ").append(title(module)).append("\n\n");
        out.append("| key | default | meaning |\n| --- | --- | --- |\n");
      }
      out.append("| `%s` | `%s` | %s |\n".formatted(key.path(), key.defaultText(), meaning(key)));
    }
    return out.toString();
  }

  private static String title(String module) {
    return switch (module) {
      case "data-client" -> "Workers and the client (mounts)";
      case "fuse-mount" -> "Mount (mounts)";
      case "worker-stub" -> "Worker (workers)";
      case "membership" -> "Membership (mounts and workers)";
      case "fabric" -> "Network (mounts and workers)";
      case "supervision" -> "Command and processes (mounts and workers)";
      case "csi" -> "CSI driver of Kubernetes (railfs csi)";
      default -> module;
    };
  }

  private static String meaning(ReferenceKey key) {
    List<String> lines =
        key.comments().stream().filter(line -> !line.equals(Reference.FREE_FORM)).toList();
    String text = lines.stream().collect(Collectors.joining(" ")).strip().replace("|", "\\|");
    return key.comments().contains(Reference.FREE_FORM) ? text + " Takes any keys below it." : text;
  }
}
