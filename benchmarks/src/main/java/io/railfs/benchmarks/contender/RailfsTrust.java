// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Command;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** What a worker and its mounts ask of each other (railfs.security). */
enum RailfsTrust {
  NONE("", ""),
  SECRET(
      "test -e secret || head -c 32 /dev/urandom | base64 > secret",
      "railfs.security.secret-file = \"%1$s/secret\""),
  TLS(
      """
      test -e worker.pem && exit
      openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out ca.pem \\
        -subj /CN=railfs-bench-ca -days 3650 -addext basicConstraints=critical,CA:true
      openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout worker.key -out worker.csr -subj /CN=railfs-bench
      echo subjectAltName=IP:127.0.0.1 > names
      openssl x509 -req -in worker.csr -CA ca.pem -CAkey ca.key -days 3650 -out worker.pem -extfile names
      """,
      """
      railfs.security.tls {
        enabled = true, ca = "%1$s/ca.pem", certificate = "%1$s/worker.pem", key = "%1$s/worker.key"
      }
      """);

  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final String script;
  private final String conf;

  RailfsTrust(String script, String conf) {
    this.script = script;
    this.conf = conf;
  }

  /** Settings for both sides; makes the files that they name where they are not there. */
  String conf(Site site) throws BenchException, InterruptedException {
    if (this == NONE) {
      return "";
    }
    Path directory = site.directory("railfs/trust");
    Command.run(
        LIMIT,
        List.of(
            "bash",
            "-c",
            "set -eu; umask 077; cd \"$1\"; " + script,
            "bash",
            directory.toString()));
    return conf.formatted(directory);
  }
}
