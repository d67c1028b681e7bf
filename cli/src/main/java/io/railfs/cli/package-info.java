// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** The railfs command: one thin class for each subcommand, and what it asks for. */
package io.railfs.cli;
