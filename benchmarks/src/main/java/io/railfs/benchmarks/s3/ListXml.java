// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.s3;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.temporal.ChronoUnit;

/** A page of a listing as S3 writes it. */
final class ListXml {
  private final StringBuilder text = new StringBuilder(1 << 10);
  private final boolean encoded;

  private ListXml(boolean encoded) {
    this.encoded = encoded;
  }

  static String of(String bucket, ListRequest request, ListPage page) {
    return new ListXml(request.encoded()).page(bucket, request, page);
  }

  private String page(String bucket, ListRequest request, ListPage page) {
    text.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    text.append("<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">");
    element("Name", bucket);
    element("Prefix", name(request.prefix()));
    if (request.grouped()) {
      element("Delimiter", "/");
    }
    element("MaxKeys", Integer.toString(request.most()));
    if (encoded) {
      element("EncodingType", "url");
    }
    element("IsTruncated", Boolean.toString(!page.next().isEmpty()));
    if (request.second()) {
      element("KeyCount", Integer.toString(page.count()));
    } else {
      element("Marker", name(request.after()));
    }
    if (!page.next().isEmpty()) {
      if (request.second()) {
        element("NextContinuationToken", ListRequest.token(page.next()));
      } else {
        element("NextMarker", name(page.next()));
      }
    }
    page.objects().forEach(this::object);
    for (String group : page.groups()) {
      text.append("<CommonPrefixes>");
      element("Prefix", name(group));
      text.append("</CommonPrefixes>");
    }
    return text.append("</ListBucketResult>").toString();
  }

  private void object(StoredObject object) {
    text.append("<Contents>");
    element("Key", name(object.key()));
    // Whole seconds, as the header Last-Modified has them.
    element("LastModified", object.modified().truncatedTo(ChronoUnit.SECONDS).toString());
    element("ETag", object.quotedEtag());
    element("Size", Long.toString(object.size()));
    element("StorageClass", "STANDARD");
    text.append("</Contents>");
  }

  private String name(String key) {
    return encoded ? URLEncoder.encode(key, StandardCharsets.UTF_8).replace("%2F", "/") : key;
  }

  private void element(String name, String value) {
    text.append('<').append(name).append('>');
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '&' -> text.append("&amp;");
        case '<' -> text.append("&lt;");
        case '>' -> text.append("&gt;");
        case '"' -> text.append("&quot;");
        default -> text.append(c);
      }
    }
    text.append("</").append(name).append('>');
  }
}
