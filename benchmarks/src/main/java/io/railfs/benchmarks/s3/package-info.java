// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0

/** A small S3 server for the works that read from an object store. */
package io.railfs.benchmarks.s3;
