// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fuse;

/**
 * Where requests of the kernel come from and replies go to.
 *
 * @param fd the kernel's end of the mount; closed by its owner, not by those who get it here
 * @param name of the mount, for the log
 */
record FuseChannel(LibC libc, int fd, String name) {}
