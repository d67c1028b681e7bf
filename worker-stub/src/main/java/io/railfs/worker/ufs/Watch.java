// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

/** A directory is watched for changes until this is closed. Thread-safe. */
public interface Watch extends AutoCloseable {
  /** Of a directory that nobody watches. */
  Watch NONE = () -> {};

  /** May be called more than once. Never blocks for long. */
  @Override
  void close();
}
