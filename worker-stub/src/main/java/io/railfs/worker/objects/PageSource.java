// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.util.List;

/** The pages of a listing. Used by one thread at a time. */
interface PageSource {
  /**
   * The next page, perhaps empty, or null after the last one. All that begin with a name follow
   * each other, over all pages.
   */
  List<RawEntry> next(Deadline deadline) throws ObjectException;
}
