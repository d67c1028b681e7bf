// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.worker.objects.ObjectException.Kind;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import software.amazon.awssdk.services.s3.model.CommonPrefix;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.ListObjectsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * The pages of one directory. It begins with ListObjectsV2, and goes on with ListObjects where a
 * server says that there is more and gives no token: such servers know the first version only.
 */
final class S3Listing implements PageSource {
  private static final int PAGE = 1_000;

  private final S3Store store;
  private final String prefix;
  private boolean first = true;
  private boolean markers;

  /** Where the next page begins; null on the last one. */
  private String next = "";

  /** An earlier beginning, moved on at every power of two: a circle of pages meets it again. */
  private String landmark = "";

  private long count;

  /**
   * @param prefix as the store has it
   * @param markers whether to ask by the first version from the beginning
   */
  S3Listing(S3Store store, String prefix, boolean markers) {
    this.store = store;
    this.prefix = prefix;
    this.markers = markers;
  }

  @Override
  public List<RawEntry> next(Deadline deadline) throws ObjectException {
    if (next == null) {
      return null;
    }
    List<RawEntry> entries = markers ? byMarker(deadline) : byToken(deadline);
    first = false;
    if (next != null) {
      if (next.equals(landmark)) {
        throw new ObjectException(
            Kind.PERMANENT, "its listing goes in a circle: a page begins where an earlier one did");
      }
      if (Long.bitCount(++count) == 1) {
        landmark = next;
      }
    }
    return entries;
  }

  private List<RawEntry> byToken(Deadline deadline) throws ObjectException {
    ListObjectsV2Response page =
        store.list(
            (client, limits) ->
                client.listObjectsV2(
                    request -> {
                      request
                          .bucket(store.bucket())
                          .prefix(prefix)
                          .delimiter("/")
                          .maxKeys(PAGE)
                          .encodingType(EncodingType.URL)
                          .requestPayer(store.payer())
                          .overrideConfiguration(limits);
                      if (!first) {
                        request.continuationToken(next);
                      }
                    }),
            deadline);
    List<RawEntry> entries = entries(page.contents(), page.commonPrefixes());
    String token = page.nextContinuationToken();
    if (!page.isTruncated()) {
      next = null;
    } else if (token == null || token.isEmpty()) {
      markers = true;
      next = last(page.contents(), page.commonPrefixes());
    } else {
      next = token;
    }
    return entries;
  }

  private List<RawEntry> byMarker(Deadline deadline) throws ObjectException {
    String marker = next;
    ListObjectsResponse page =
        store.list(
            (client, limits) ->
                client.listObjects(
                    request -> {
                      request
                          .bucket(store.bucket())
                          .prefix(prefix)
                          .delimiter("/")
                          .maxKeys(PAGE)
                          .encodingType(EncodingType.URL)
                          .requestPayer(store.payer())
                          .overrideConfiguration(limits);
                      if (!marker.isEmpty()) {
                        request.marker(marker);
                      }
                    }),
            deadline);
    List<RawEntry> entries = entries(page.contents(), page.commonPrefixes());
    if (!page.isTruncated()) {
      next = null;
    } else {
      String given = page.nextMarker();
      next =
          given == null || given.isEmpty() ? last(page.contents(), page.commonPrefixes()) : given;
      if (!marker.isEmpty() && next.compareTo(marker) <= 0) {
        throw new ObjectException(
            Kind.PERMANENT,
            "its listing does not go on behind '" + marker.replaceAll("\\p{Cntrl}", "?") + "'");
      }
    }
    return entries;
  }

  /** The greatest key or prefix of a page. */
  private static String last(List<S3Object> objects, List<CommonPrefix> prefixes)
      throws ObjectException {
    String last = "";
    for (S3Object object : objects) {
      last = object.key().compareTo(last) > 0 ? object.key() : last;
    }
    for (CommonPrefix each : prefixes) {
      last = each.prefix().compareTo(last) > 0 ? each.prefix() : last;
    }
    if (last.isEmpty()) {
      throw new ObjectException(
          Kind.PERMANENT, "its listing says that there is more and gives neither keys nor a token");
    }
    return last;
  }

  private List<RawEntry> entries(List<S3Object> objects, List<CommonPrefix> prefixes)
      throws ObjectException {
    List<RawEntry> entries = new ArrayList<>(objects.size() + prefixes.size());
    for (S3Object object : objects) {
      String name = below(object.key());
      // The marker of the directory itself has no name.
      if (!name.isEmpty()) {
        if (object.size() == null) {
          throw new ObjectException(Kind.PERMANENT, "its listing has a key without Size");
        }
        entries.add(new RawEntry(name, false, object.size(), object.lastModified(), object.eTag()));
      }
    }
    for (CommonPrefix each : prefixes) {
      String name = below(each.prefix());
      if (!name.isEmpty()) {
        entries.add(new RawEntry(name.substring(0, name.length() - 1), true, 0, null, null));
      }
    }
    entries.sort(
        Comparator.comparing(entry -> entry.directory() ? entry.name() + "/" : entry.name()));
    return entries;
  }

  private String below(String key) throws ObjectException {
    if (key == null || !key.startsWith(prefix)) {
      throw new ObjectException(
          Kind.PERMANENT, "its listing has a key outside of the prefix that was asked for");
    }
    return key.substring(prefix.length());
  }
}
