// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsContract;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract on a real S3 server, with a prefix of its own for each test. */
abstract class S3ServerContract extends UfsContract {
  @TempDir static Path directory;
  static S3Server server;

  private static int count;

  /** Of the test that runs. */
  String prefix;

  @BeforeAll
  static void startServer() throws Exception {
    server = S3Server.start(directory);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  /** By whatever the class is about. */
  abstract Ufs open(StoreLocation location) throws Exception;

  @Override
  protected Set<Capability> capabilities() {
    return EnumSet.noneOf(Capability.class);
  }

  @Override
  protected Ufs open() throws Exception {
    prefix = "/t" + count++ + "/pre fix";
    return open(server.location(prefix, Map.of()));
  }

  @Override
  protected void putFile(String path, byte[] content) {
    server.put(prefix + path, content);
  }

  @Override
  protected void removeFile(String path) {
    server.remove(prefix + path);
  }
}
