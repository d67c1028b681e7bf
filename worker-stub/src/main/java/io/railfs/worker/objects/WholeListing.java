// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.apache.opendal.Entry;
import org.apache.opendal.ListOptions;

/**
 * A directory listed by OpenDAL, whose Java interface gives all of it at once: one big page, in
 * memory.
 */
final class WholeListing implements PageSource {
  private static final long PAGE = 1_000;

  private final StoreClient client;
  private final String prefix;
  private boolean done;

  /**
   * @param prefix empty, or with a slash at its end
   */
  WholeListing(StoreClient client, String prefix) {
    this.client = client;
    this.prefix = prefix;
  }

  @Override
  public List<RawEntry> next(Deadline deadline) throws ObjectException {
    if (done) {
      return null;
    }
    ListOptions options = ListOptions.builder().limit(PAGE).build();
    List<Entry> found =
        client.callPatiently(operator -> operator.list("/" + prefix, options), deadline);
    done = true;
    List<RawEntry> page = new ArrayList<>(found.size());
    for (Entry entry : found) {
      // The directory itself is listed too where an object marks it; it has no name then.
      if (entry.path.length() > prefix.length() && entry.path.startsWith(prefix)) {
        page.add(raw(entry));
      }
    }
    page.sort(Comparator.comparing(RawEntry::name).thenComparing(RawEntry::directory));
    return page;
  }

  private RawEntry raw(Entry entry) {
    String name = entry.path.substring(prefix.length());
    if (name.endsWith("/")) {
      return new RawEntry(name.substring(0, name.length() - 1), true, 0, null, null);
    }
    return new RawEntry(
        name,
        false,
        entry.metadata.contentLength,
        entry.metadata.lastModified,
        entry.metadata.etag);
  }
}
