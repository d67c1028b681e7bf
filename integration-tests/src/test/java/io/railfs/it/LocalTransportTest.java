// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.RailStats;
import io.railfs.client.TransportKind;
import io.railfs.client.connect.ClusterClient;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerStartException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The contract of a transport, and what is the local one's alone. */
final class LocalTransportTest extends TransportContract {
  private static final String NONE = "railfs.worker.local.socket = \"\"";

  @Override
  TransportKind kind() {
    return TransportKind.LOCAL;
  }

  @Test
  void autoReadsLocallyWhereTheWorkerIsHereAndSaysWhyNotElsewhere() throws Exception {
    Worker here = worker("");
    Cluster local = closing(ClusterClient.connect(clientSettings(here.rpcPort(), "auto", "")));
    load(local, version(local), here);
    assertRight(fetch(local, version(local), 0, BLOCK), 0);
    assertThat(rail(local).transport()).isEqualTo(TransportKind.LOCAL);
    assertThat(rail(local).bytesLocal()).isPositive();
    here.close();
    Worker without = worker(NONE);
    Cluster tcp = closing(ClusterClient.connect(clientSettings(without.rpcPort(), "auto", "")));
    assertRight(fetch(tcp, version(tcp), 0, BLOCK), 0);
    assertThat(rail(tcp).transport()).isEqualTo(TransportKind.TCP);
    assertThat(rail(tcp).transportProblem())
        .isEqualTo("railfs.worker.local.socket of the worker names no socket");
    assertThat(tcp.stats().workers().get(0).transportFallbacks()).isZero();
  }

  @Test
  void aSmallFileGoesOverTcpAndALargerOneDoesNot() throws Exception {
    Worker worker = worker("");
    Cluster client = client(worker.rpcPort(), "");
    int stored = 0;
    for (int size : List.of(1, 64 << 10, (64 << 10) + 1)) {
      byte[] content = new byte[size];
      new Random(size).nextBytes(content);
      Files.write(directory().resolve("data/small-" + size), content);
      RailPath path = RailPath.of("/small-" + size);
      FileVersion version = version(client, path);
      stored++;
      for (int i = 0; i < 2; i++) {
        Sink sink = fetch(client, path, version, 0, size, TIME);
        sink.await();
        assertThat(sink.bytes()).isEqualTo(content);
        // The second time it is stored, and could be lent.
        int blocks = stored;
        await().until(() -> worker.status().getBlocks() == blocks);
      }
      assertThat(rail(client).bytesLocal() > 0).as("%d bytes", size).isEqualTo(size > 64 << 10);
    }
  }

  @Test
  void namedAloneItIsNotReplacedSilently() throws Exception {
    Worker without = worker(NONE);
    assertThatThrownBy(() -> client(without.rpcPort(), ""))
        .isInstanceOf(ClusterException.class)
        .hasMessageContaining("the transport local, the only one in railfs.client.data.transport")
        .hasMessageContaining("names no socket");
    Cluster allowed = client(without.rpcPort(), "railfs.fabric.fallback = true");
    assertRight(fetch(allowed, version(allowed), 0, BLOCK), 0);
    assertThat(allowed.stats().workers().get(0).transportFallbacks()).isPositive();
    assertThat(rail(allowed).transport()).isEqualTo(TransportKind.TCP);
  }

  @Test
  void noMoreFilesAreOpenThanAllowedAndNoneAfterTheirTimeOrTheEnd() throws Exception {
    Worker worker = worker("railfs.worker.store.open-files = 16");
    Cluster writer = client(worker.rpcPort(), "");
    FileVersion version = version(writer);
    load(writer, version, worker);
    Cluster client = client(worker.rpcPort(), "railfs.client.data.local.descriptors = 16");
    for (int round = 0; round < 20; round++) {
      for (int block = 0; block < 9; block++) {
        assertRight(fetch(client, version, (long) block * BLOCK, CHUNK), (long) block * BLOCK);
      }
    }
    assertThat(rail(client).bytesLocal()).isEqualTo(20 * 9 * CHUNK);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(openBlocks()).isLessThanOrEqualTo(16));
    writer.close();
    client.close();
    worker.close();
    await().untilAsserted(() -> assertThat(openBlocks()).isZero());
  }

  private long openBlocks() throws IOException {
    long count = 0;
    try (Stream<Path> all = Files.list(Path.of("/proc/self/fd"))) {
      for (Path fd : all.toList()) {
        try {
          String target = Files.readSymbolicLink(fd).toString();
          count += target.matches(".*/store/.*[0-9a-f]{32}-\\d+") ? 1 : 0;
        } catch (IOException e) {
          // Closed meanwhile.
          count += 0;
        }
      }
    }
    return count;
  }

  @Test
  void anotherUsersProcessGetsNothing() throws Exception {
    // Named, so that the file lets everybody connect and the kernel's word about users decides.
    Worker worker = worker("railfs.worker.local.users = [\"65533\"]");
    Cluster client = client(worker.rpcPort(), "");
    FileVersion version = version(client);
    assertRight(fetch(client, version, 0, CHUNK), 0);
    Files.setPosixFilePermissions(directory(), PosixFilePermissions.fromString("rwxr-xr-x"));
    String stranger =
        """
        import os, socket, sys
        os.setgid(65534); os.setuid(65534)
        s = socket.socket(socket.AF_UNIX); s.settimeout(20); s.connect(sys.argv[1])
        s.sendall(bytes(16))
        data, descriptors, flags, address = socket.recv_fds(s, 100, 10)
        print(len(data), len(descriptors))
        """;
    assertThat(python(stranger, socket()).ok().out().strip()).isEqualTo("0 0");
    worker.close();
    Worker closed = worker("");
    assertRight(fetch(client(closed.rpcPort(), ""), version, 0, CHUNK), 0);
    assertThat(python(stranger, socket()).err()).contains("Permission denied");
  }

  private static Shell.Result python(String script, Path socket) {
    return Shell.bash("python3 -c \"$1\" \"$2\"", script, socket);
  }

  @Test
  void aSocketInAPlaceThatOthersCanWriteToIsRefusedWithASentence() throws Exception {
    Path place = Files.createDirectories(socket().getParent());
    Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwxrwxrwx"));
    assertThatThrownBy(() -> worker(""))
        .isInstanceOf(WorkerStartException.class)
        .hasMessageContaining("can be written by other users")
        .hasMessageContaining("chmod go-w " + place);
    Files.setPosixFilePermissions(place, PosixFilePermissions.fromString("rwxr-xr-x"));
    Files.setAttribute(place, "unix:uid", 65534);
    assertThatThrownBy(() -> worker("")).hasMessageContaining("belongs to user 65534");
    Files.setAttribute(place, "unix:uid", 0);
    Files.writeString(socket(), "no socket");
    assertThatThrownBy(() -> worker("")).hasMessageContaining("is no socket; remove it");
    Files.delete(socket());
    assertThatThrownBy(() -> worker("railfs.worker.local.users = [\"nobody-of-this-name\"]"))
        .hasMessageContaining("this host has no such user");
    assertThatThrownBy(
            () -> worker("railfs.worker.local.socket = \"/tmp/" + "x".repeat(120) + "\""))
        .hasMessageContaining("has more than 107 bytes");
    // What a worker that died has left is no obstacle.
    Shell.bash(
            "python3 -c 'import socket,sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])' \"$1\"",
            socket())
        .ok();
    Worker worker = worker("");
    Cluster client = client(worker.rpcPort(), "");
    assertRight(fetch(client, version(client), 0, CHUNK), 0);
    assertThat(Files.getPosixFilePermissions(socket()))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void anotherProcessAtTheSocketIsNotTakenForTheWorker() throws Exception {
    Worker worker = worker("");
    Files.delete(socket());
    String impostor =
        """
        import socket, sys
        s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(8); print('listens', flush=True)
        while True:
            c, _ = s.accept(); c.recv(16); c.sendall(bytes(16))
        """;
    Process process = new ProcessBuilder("python3", "-c", impostor, socket().toString()).start();
    try {
      assertThat(process.inputReader().readLine()).isEqualTo("listens");
      Cluster client = closing(ClusterClient.connect(clientSettings(worker.rpcPort(), "auto", "")));
      assertRight(fetch(client, version(client), 0, BLOCK), 0);
      RailStats rail = rail(client);
      assertThat(rail.transport()).isEqualTo(TransportKind.TCP);
      assertThat(rail.transportProblem()).contains("is not that worker");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
