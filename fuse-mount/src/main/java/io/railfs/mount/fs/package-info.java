// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The file system: paths, handles, versions and errors as POSIX knows them. Knows neither jnr nor
 * libfuse; a kernel adaptor stands on it.
 */
package io.railfs.mount.fs;
