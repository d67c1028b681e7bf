// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** What the harness needs of the machine: programs, processes, mounts, packages, quiet. */
package io.railfs.benchmarks.system;
