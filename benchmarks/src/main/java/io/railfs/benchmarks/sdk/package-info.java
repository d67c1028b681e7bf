// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** The AWS SDK alone, doing what reader.c does with files. */
package io.railfs.benchmarks.sdk;
