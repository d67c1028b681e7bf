// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import software.amazon.awssdk.core.interceptor.Context;
import software.amazon.awssdk.core.interceptor.ExecutionAttributes;
import software.amazon.awssdk.core.interceptor.ExecutionInterceptor;
import software.amazon.awssdk.services.s3.model.ListObjectsResponse;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;

/**
 * Some servers, and proxies before them, send errors, other XML and pages for browsers with the
 * status 200, of which the SDK makes an empty listing. A true one says whether it is cut.
 */
final class ListingCheck implements ExecutionInterceptor {
  private static final String PHRASE = "it answers 200 with something that is no listing";

  @Override
  public void afterUnmarshalling(
      Context.AfterUnmarshalling context, ExecutionAttributes attributes) {
    boolean listing = true;
    if (context.response() instanceof ListObjectsV2Response page) {
      listing = page.isTruncated() != null;
    } else if (context.response() instanceof ListObjectsResponse page) {
      listing = page.isTruncated() != null;
    }
    if (!listing) {
      throw new S3Errors.UnfitAnswer(PHRASE);
    }
  }
}
