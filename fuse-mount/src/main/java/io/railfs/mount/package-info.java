// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** The mount as a whole: its settings, its memory, its life from start to unmount. */
package io.railfs.mount;
