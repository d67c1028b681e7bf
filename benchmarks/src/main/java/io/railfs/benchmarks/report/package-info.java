// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** What came out: stored as JSON, shown as Markdown, compared with what is to be reached. */
package io.railfs.benchmarks.report;
