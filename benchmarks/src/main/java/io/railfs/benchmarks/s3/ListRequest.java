// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.s3;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;

/**
 * What a listing asks for.
 *
 * @param second whether by ListObjectsV2; otherwise by ListObjects
 * @param grouped whether keys are cut after the next slash
 * @param after the last key or group of the page before, or where to begin
 * @param most entries of a page
 * @param encoded whether names are percent-encoded in the answer
 */
record ListRequest(
    boolean second, String prefix, boolean grouped, String after, int most, boolean encoded) {
  private static final int PAGE = 1_000;

  static ListRequest of(Map<String, List<String>> parameters) throws S3Refusal {
    String delimiter = one(parameters, "delimiter");
    if (!delimiter.isEmpty() && !delimiter.equals("/")) {
      throw S3Fault.NOT_IMPLEMENTED.refusal();
    }
    boolean second = one(parameters, "list-type").equals("2");
    String token = one(parameters, "continuation-token");
    String after =
        !second
            ? one(parameters, "marker")
            : token.isEmpty() ? one(parameters, "start-after") : key(token);
    return new ListRequest(
        second,
        one(parameters, "prefix"),
        !delimiter.isEmpty(),
        after,
        most(one(parameters, "max-keys")),
        one(parameters, "encoding-type").equals("url"));
  }

  private static String one(Map<String, List<String>> parameters, String name) {
    return parameters.getOrDefault(name, List.of("")).get(0);
  }

  private static int most(String text) throws S3Refusal {
    try {
      int most = text.isEmpty() ? PAGE : Integer.parseInt(text);
      if (most < 0) {
        throw S3Fault.INVALID_ARGUMENT.refusal();
      }
      return Math.min(PAGE, most);
    } catch (NumberFormatException e) {
      throw S3Fault.INVALID_ARGUMENT.refusal();
    }
  }

  /** What a client gives back for the next page; it is not to look like a key. */
  static String token(String key) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(KeyOrder.bytes(key));
  }

  private static String key(String token) throws S3Refusal {
    try {
      return new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
    } catch (IllegalArgumentException e) {
      throw S3Fault.INVALID_ARGUMENT.refusal();
    }
  }
}
