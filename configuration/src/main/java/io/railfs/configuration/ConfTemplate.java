// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.configuration;

/** A conf file in which every key stands commented out at its default. */
final class ConfTemplate {
  private static final String HEADER =
      """
      # RailFS: settings of a %s. Every key stands here at its default; remove the # before a key to change it.
      # -D key=value on the command line wins over this file. Durations are written 500ms, 30s, 5m;
      # sizes 64KiB, 4MiB, 4GiB; lists ["a", "b"]; ${?NAME} takes an environment variable.
      # `railfs conf get%s --source` shows the values in force and where each comes from.
      # The explanations are generated from the modules' reference.conf (%s).
      """;

  private ConfTemplate() {}

  static String render(ProcessRole kind, Reference reference) {
    String option =
        switch (kind) {
          case MOUNT -> "";
          case WORKER -> " --worker";
          case CSI -> " csi";
        };
    StringBuilder out = new StringBuilder(HEADER.formatted(kind.label(), option, ConfDocs.COMMAND));
    for (ReferenceKey key : reference.keys().values()) {
      if (kind.uses(key)) {
        out.append('\n');
        for (String comment : key.comments()) {
          if (!comment.equals(Reference.FREE_FORM)) {
            out.append(comment.isEmpty() ? "#" : "# " + comment).append('\n');
          }
        }
        out.append('#').append(key.path()).append(" = ").append(key.defaultText()).append('\n');
      }
    }
    return out.toString();
  }
}
