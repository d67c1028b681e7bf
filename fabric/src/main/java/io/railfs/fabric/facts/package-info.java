// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/**
 * Facts about this machine's network hardware, read from the kernel's files below a root directory
 * that callers choose: "/" for this machine, a directory of the same shape in tests. Nothing here
 * changes anything.
 */
package io.railfs.fabric.facts;
