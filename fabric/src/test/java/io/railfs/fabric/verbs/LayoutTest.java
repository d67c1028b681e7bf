// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.verbs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Compares {@link Layout} with what layout.c prints, compiled with the headers of rdma-core 44
 * (Debian 12) for x86-64: cc layout.c &amp;&amp; ./a.out &gt; layout.txt.
 */
final class LayoutTest {
  @Test
  void everyOffsetIsThatOfTheHeaders() throws Exception {
    Map<String, Integer> headers = new TreeMap<>();
    try (InputStream in = LayoutTest.class.getResourceAsStream("layout.txt")) {
      new String(in.readAllBytes(), UTF_8)
          .lines()
          .map(line -> line.split(" ", 2))
          .forEach(pair -> headers.put(pair[0], Integer.valueOf(pair[1])));
    }
    Map<String, Integer> ours = new TreeMap<>();
    for (Class<?> structure : Layout.class.getDeclaredClasses()) {
      for (Field field : structure.getDeclaredFields()) {
        if (!Modifier.isPrivate(field.getModifiers()) && !field.isSynthetic()) {
          ours.put(structure.getSimpleName() + "." + field.getName(), field.getInt(null));
        }
      }
    }
    assertThat(ours).isEqualTo(headers);
  }
}
