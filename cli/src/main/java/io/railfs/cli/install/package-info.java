// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** Lays RailFS down on a machine and takes it away again. Changes files, never services. */
package io.railfs.cli.install;
