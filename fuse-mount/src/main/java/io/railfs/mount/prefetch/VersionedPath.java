// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.prefetch;

import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;

/** A file with the version of it that is meant. */
record VersionedPath(RailPath path, FileVersion version) {}
