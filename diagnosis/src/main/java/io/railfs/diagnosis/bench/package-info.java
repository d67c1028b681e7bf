// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** Measures what the network and reads do: streams of reads, their rates and times. */
package io.railfs.diagnosis.bench;
