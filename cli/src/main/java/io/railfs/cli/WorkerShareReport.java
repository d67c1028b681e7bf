// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.base.HumanReadable;
import io.railfs.client.bulk.Bulk;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What each worker has of a tree, or did with it. */
final class WorkerShareReport {
  private WorkerShareReport() {}

  static Map<String, Object> toJson(Bulk bulk) {
    List<Map<String, Object>> workers = new ArrayList<>();
    bulk.shares()
        .forEach(
            share -> {
              Map<String, Object> json = new LinkedHashMap<>();
              json.put("worker", share.worker());
              json.put("blocks", share.blocks());
              json.put("bytes", share.bytes());
              json.put("pinned_blocks", share.pinned());
              workers.add(json);
            });
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("files", bulk.progress().files());
    json.put("bytes", bulk.progress().bytes());
    json.put("cached_bytes", bulk.progress().presentBytes());
    json.put("errors", bulk.progress().errors());
    json.put("workers", workers);
    return json;
  }

  static void print(Bulk bulk) {
    TextTable table = new TextTable("WORKER", "BLOCKS", "BYTES", "PINNED");
    bulk.shares()
        .forEach(
            share ->
                table.add(
                    List.of(
                        share.worker(),
                        String.valueOf(share.blocks()),
                        HumanReadable.bytes(share.bytes()),
                        String.valueOf(share.pinned()))));
    table.print();
  }
}
