// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * The kernel adaptor: libfuse 2.9 mounts, through jnr, and threads of our own answer. Fields of
 * requests in, replies out; nothing is decided here. Only this package and the worker's {@code
 * posix} import jnr.
 */
package io.railfs.mount.fuse;
