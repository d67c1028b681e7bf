// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;
import java.util.Optional;

/**
 * Where a worker has its files from.
 *
 * @param server empty where it is the dataset's directory
 */
record RailfsUfs(Optional<ObjectServer> server) {
  /** Starts what it needs; gives the worker's settings. */
  String conf(Site site) throws BenchException, InterruptedException {
    if (server.isEmpty()) {
      return "ufs = \"file://%s\"".formatted(site.dataset().root());
    }
    server.get().start();
    return """
        ufs = "s3://%s"
        ufs-options {
          endpoint = "%s", region = us-east-1, access_key_id = railfs, secret_access_key = bench
        }
        """
        .formatted(ObjectServer.BUCKET, server.get().url());
  }

  double processorSeconds() {
    return server.map(ObjectServer::processorSeconds).orElse(0.0);
  }

  String setUp() {
    return server.isEmpty() ? "" : "on the S3 server of the benches, ";
  }
}
