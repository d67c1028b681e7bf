// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.s3;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The order in which S3 lists keys: that of their bytes in UTF-8, which is not that of chars. */
final class KeyOrder {
  private KeyOrder() {}

  static int compare(String first, String second) {
    return Arrays.compareUnsigned(bytes(first), bytes(second));
  }

  static byte[] bytes(String key) {
    return key.getBytes(StandardCharsets.UTF_8);
  }
}
