// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import io.railfs.protocol.messages.UfsRequests;
import io.railfs.protocol.messages.UfsState;
import java.util.LinkedHashMap;
import java.util.Map;

/** How a UFS is, in JSON: the same in REST and from commands. */
public final class UfsStateJson {
  private static final long NANOS_OF_MILLI = 1_000_000;

  private UfsStateJson() {}

  /** Times are milliseconds since the epoch. */
  public static Map<String, Object> of(UfsState ufs) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("at", ufs.getAt());
    json.put("uri", ufs.getUri());
    json.put("state", ufs.getUp() ? "up" : "down");
    json.put("since_millis", ufs.getSinceNanos() / NANOS_OF_MILLI);
    json.put("problem", ufs.getProblem());
    json.put("last_error", ufs.getLastError());
    json.put("last_error_millis", ufs.getLastErrorNanos() / NANOS_OF_MILLI);
    Map<String, Object> requests = new LinkedHashMap<>();
    Map<String, Object> micros = new LinkedHashMap<>();
    for (UfsRequests each : ufs.getRequestsList()) {
      requests.put(each.getOperation(), each.getCount());
      micros.put(each.getOperation(), each.getMicros());
    }
    Map<String, Object> errors = new LinkedHashMap<>();
    ufs.getErrorsList().forEach(each -> errors.put(each.getKind(), each.getCount()));
    json.put("requests", requests);
    json.put("request_micros", micros);
    json.put("errors", errors);
    json.put("read_bytes", ufs.getReadBytes());
    json.put("throttled", ufs.getThrottled());
    return json;
  }
}
