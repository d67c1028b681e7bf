// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.http.SdkHttpResponse;

/**
 * Leaves the SDK those checksums only that are of the bytes that come. With a range S3 sends that
 * of a part where the range is a part. Some servers send that of the whole object with any range,
 * and S3 that of the checksums of all parts with a range that is the whole object; both say so in
 * x-amz-checksum-type.
 */
final class RangeChecksums implements ExecutionInterceptor {
  private static final Pattern RANGE = Pattern.compile("bytes (\\d+)-(\\d+)/(\\d+)");
  private static final String TYPE = "x-amz-checksum-type";

  @Override
  public SdkHttpResponse modifyHttpResponse(
      Context.ModifyHttpResponse context, ExecutionAttributes attributes) {
    SdkHttpResponse response = context.httpResponse();
    Optional<String> range = response.firstMatchingHeader("Content-Range");
    Optional<String> type = response.firstMatchingHeader(TYPE);
    if (range.isEmpty() || type.isEmpty() || isOf(range.get(), type.get())) {
      return response;
    }
    List<String> checksums =
        response.headers().keySet().stream()
            .filter(name -> name.regionMatches(true, 0, "x-amz-checksum-", 0, 15))
            .toList();
    SdkHttpResponse.Builder without = response.toBuilder();
    checksums.forEach(without::removeHeader);
    return without.build();
  }

  private static boolean isOf(String range, String type) {
    Matcher matcher = RANGE.matcher(range);
    boolean whole =
        matcher.matches()
            && matcher.group(1).equals("0")
            && Long.parseLong(matcher.group(2)) + 1 == Long.parseLong(matcher.group(3));
    return switch (type) {
      case "FULL_OBJECT" -> whole;
      case "COMPOSITE" -> !whole;
      default -> true;
    };
  }
}
