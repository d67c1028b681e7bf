// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.s3;

import java.util.List;

/**
 * A page of a listing, in the order of keys.
 *
 * @param groups beginnings of keys, each up to a slash
 * @param next the last entry where there is more; otherwise empty
 */
record ListPage(List<StoredObject> objects, List<String> groups, String next) {
  int count() {
    return objects.size() + groups.size();
  }
}
