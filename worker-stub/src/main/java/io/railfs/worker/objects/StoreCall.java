// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.util.concurrent.CompletableFuture;
import org.apache.opendal.AsyncOperator;

/** A request to start. */
interface StoreCall<T> {
  CompletableFuture<T> on(AsyncOperator operator);
}
