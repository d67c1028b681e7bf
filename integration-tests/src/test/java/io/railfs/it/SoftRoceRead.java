// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.FetchRequest;
import io.railfs.client.RailStats;
import io.railfs.client.TransportKind;
import io.railfs.client.connect.ClusterClient;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerSettings;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A worker and a client on a device of the kernel's soft-RoCE, run in a virtual machine by railfs
 * test --rdma; the argument is the address of the device. Reads a file whole, in runs of many
 * sizes.
 */
public final class SoftRoceRead {
  private static final int BLOCK = 256 << 10;
  private static final int CHUNK = 16 << 10;
  private static final int SIZE = 9 * BLOCK + 3 * CHUNK + 1_234;
  private static final long MINUTE = TimeUnit.MINUTES.toNanos(1);

  private SoftRoceRead() {}

  /** Ends with an exception where anything is not as it should be. */
  public static void main(String[] arguments) throws Exception {
    String host = arguments[0];
    Path directory = Files.createTempDirectory("soft-roce");
    byte[] content = new byte[SIZE];
    new Random(7).nextBytes(content);
    Files.write(Files.createDirectories(directory.resolve("data")).resolve("file"), content);
    try (Worker worker = Worker.start(workerSettings(directory, host));
        Cluster client = ClusterClient.connect(clientSettings(host, worker.rpcPort()))) {
      RailPath path = RailPath.of("/file");
      FileVersion version = client.metadata().stat(path, System.nanoTime() + MINUTE).version();
      long bytes = 0;
      for (int length : new int[] {BLOCK, CHUNK, 5 * CHUNK}) {
        for (long at = 0; at < SIZE; at += length) {
          int left = (int) Math.min(BLOCK - at % BLOCK, SIZE - at);
          int count = Math.min(length, left);
          TransportContract.Sink sink = new TransportContract.Sink(count);
          client
              .pages()
              .fetch(new FetchRequest(path, version, at, count, System.nanoTime() + MINUTE), sink);
          sink.await(70);
          byte[] wanted = Arrays.copyOfRange(content, (int) at, (int) at + count);
          check(Arrays.equals(sink.bytes(), wanted), "bytes at " + at + " are right");
          bytes += count;
          if (count < length) {
            at += count - length;
          }
        }
        System.out.println("soft-RoCE: the file was read in runs of " + (length >> 10) + " KiB");
      }
      RailStats rail = client.stats().workers().get(0).rails().get(0);
      check(rail.transport() == TransportKind.RDMA, "rdma brings them");
      check(rail.bytesRdma() >= bytes, "all " + bytes + " of them");
      check(rail.bytesReceived() < bytes / 20, "and TCP next to none");
    }
    System.out.println("soft-RoCE: a worker and a client passed");
  }

  private static void check(boolean holds, String what) {
    if (!holds) {
      throw new IllegalStateException("soft-RoCE: not so: " + what);
    }
  }

  private static WorkerSettings workerSettings(Path directory, String host) {
    Config config =
        ConfigFactory.parseString(
                """
                railfs.worker {
                  ufs = "file://%s/data", block-size = 256KiB, drain-timeout = 0s
                  rpc.bind { host = "%s", port = 0 }, data.bind { host = "%s", port = 0 }
                  web.enabled = false, rest.enabled = false, local.socket = ""
                  store { directories = ["%s/store"], capacity = 64MiB }
                  rdma { enabled = true, memory = 16MiB }
                }
                """
                    .formatted(directory, host, host, directory))
            .withFallback(ConfigFactory.load());
    return WorkerSettings.of(config.resolve());
  }

  private static ClientSettings clientSettings(String host, int port) {
    return ClientSettings.of(
        ConfigFactory.parseString(
                """
                railfs {
                  workers = ["%s:%d"]
                  client { attempt-timeout = 30s, connect-timeout = 90s, read-deadline = 60s }
                  client.data { transport = rdma, rdma.memory = 16MiB }
                }
                """
                    .formatted(host, port))
            .withFallback(ConfigFactory.load())
            .resolve());
  }
}
