// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Conf files of a worker and of mounts on loopback, all of whose files are in one directory.
 *
 * @param directory what they write, and they themselves
 */
record TrainingConf(Path directory) {

  /**
   * Writes a worker's.
   *
   * @param ufs of it
   * @param options of the UFS, an object
   * @param rpcPort of it, 0 for any
   */
  Path worker(String ufs, String options, int rpcPort) throws IOException {
    return Files.writeString(
        directory.resolve("worker.conf"),
        """
        railfs.run-directory = "%1$s/run"
        railfs.log.directory = "%1$s/log"
        railfs.stop-timeout = 60s
        railfs.worker.ufs = "%2$s"
        railfs.worker.ufs-options = %3$s
        railfs.worker.store { directories = ["%1$s/store"], capacity = %4$dB }
        railfs.worker.rpc.bind { host = "127.0.0.1", port = %5$d }
        railfs.worker.data.bind { host = "127.0.0.1", port = 0 }
        railfs.worker.web.bind.port = 0
        railfs.worker.rest.bind.port = 0
        """
            .formatted(directory, ufs, options, (64 << 20) + 2 * TrainingReads.bytes(), rpcPort));
  }

  /** Writes that of clients of workers on loopback. */
  Path client(Integer... rpcPorts) throws IOException {
    String workers =
        Stream.of(rpcPorts).map(port -> "\"127.0.0.1:" + port + "\"").collect(joining(", "));
    return Files.writeString(
        directory.resolve("client.conf"),
        """
        railfs.run-directory = "%1$s/run"
        railfs.log.directory = "%1$s/log"
        railfs.stop-timeout = 60s
        railfs.workers = [%2$s]
        railfs.mount.memory-limit = 512MiB
        """
            .formatted(directory, workers));
  }
}
