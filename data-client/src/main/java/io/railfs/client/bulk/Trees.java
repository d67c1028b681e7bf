package io.railfs.client.bulk;

import io.railfs.protocol.RailPath;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** What several paths name together. */
final class Trees {
  private Trees() {}

  /** Each path once, and none below another one: what they name is counted and done once. */
  static List<RailPath> distinct(List<RailPath> paths) {
    Set<String> names = new HashSet<>();
    paths.forEach(path -> names.add(path.latin1()));
    return new LinkedHashSet<>(paths).stream().filter(path -> !isBelowAny(path, names)).toList();
  }

  private static boolean isBelowAny(RailPath path, Set<String> names) {
    String above = path.latin1();
    for (int slash = above.lastIndexOf('/'); slash > 0; slash = above.lastIndexOf('/')) {
      above = above.substring(0, slash);
      if (names.contains(above)) {
        return true;
      }
    }
    return !path.isRoot() && names.contains("/");
  }
}
