// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.systemd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.Socket;
import io.railfs.configuration.Environment;
import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is reported to a service manager, read at a socket as the manager has it. */
final class SystemdNotifierTest {
  @TempDir private Path directory;

  private Socket socket;

  @BeforeEach
  void open() {
    Epoll.ensureAvailability();
    socket = Socket.newSocketDomainDgram();
  }

  @AfterEach
  void close() throws IOException {
    socket.close();
  }

  private Path bind() throws IOException {
    Path path = directory.resolve("notify");
    socket.bind(new DomainSocketAddress(path.toFile()));
    return path;
  }

  /** The next datagram, or null where there is none. */
  private String received() throws IOException {
    ByteBuffer buffer = ByteBuffer.allocateDirect(1000);
    var from = socket.recvFromDomainSocket(buffer, 0, buffer.capacity());
    if (from == null) {
      return null;
    }
    byte[] text = new byte[from.receivedAmount()];
    buffer.get(0, text);
    return new String(text, UTF_8);
  }

  @Test
  void readinessAndEndAreSent() throws Exception {
    SystemdNotifier manager =
        SystemdNotifier.of(new Environment(Map.of("NOTIFY_SOCKET", bind().toString())));
    manager.ready("/mnt/data");
    manager.stopping();
    assertThat(received()).isEqualTo("READY=1\nSTATUS=/mnt/data serves");
    assertThat(received()).startsWith("STOPPING=1\n");
    assertThat(manager.watchdog()).isEmpty();
  }

  @Test
  void aNameInTheAbstractNamespaceIsReached() throws Exception {
    String name = "railfs-test-" + ProcessHandle.current().pid();
    socket.bind(new DomainSocketAddress("\0" + name));
    SystemdNotifier.of(new Environment(Map.of("NOTIFY_SOCKET", "@" + name))).alive();
    assertThat(received()).isEqualTo("WATCHDOG=1");
  }

  @Test
  void withoutAManagerNothingIsSentAndOneThatHasGoneDoesNoHarm() throws CommandException {
    SystemdNotifier.of(new Environment(Map.of())).ready("x");
    SystemdNotifier.of(
            new Environment(Map.of("NOTIFY_SOCKET", directory.resolve("gone").toString())))
        .ready("x");
  }

  @Test
  void theWatchdogIsOursOnlyWhereItNamesThisProcess() throws CommandException {
    String self = String.valueOf(ProcessHandle.current().pid());
    Map<String, String> ours =
        Map.of("NOTIFY_SOCKET", "/x", "WATCHDOG_USEC", "3000000", "WATCHDOG_PID", self);
    assertThat(SystemdNotifier.of(new Environment(ours)).watchdog())
        .contains(Duration.ofSeconds(3));
    Map<String, String> others =
        Map.of("NOTIFY_SOCKET", "/x", "WATCHDOG_USEC", "3000000", "WATCHDOG_PID", "1");
    assertThat(SystemdNotifier.of(new Environment(others)).watchdog()).isEmpty();
  }

  @Test
  void signsOfLifeComeAsLongAsTheServiceMakesProgress() throws Exception {
    SystemdNotifier manager =
        SystemdNotifier.of(
            new Environment(Map.of("NOTIFY_SOCKET", bind().toString(), "WATCHDOG_USEC", "60000")));
    AtomicBoolean alive = new AtomicBoolean(true);
    AtomicInteger denied = new AtomicInteger();
    SystemdWatchdog keepAlive = SystemdWatchdog.start(progress(alive, denied), manager);
    try {
      for (int i = 0; i < 3; i++) {
        Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> received() != null);
      }
      alive.set(false);
      // What was on its way when the service stopped is there once it was asked again without
      // success.
      awaitMore(denied, 1);
      while (received() != null) {}
      awaitMore(denied, 3);
      assertThat(received()).isNull();
    } finally {
      keepAlive.close();
    }
  }

  private static void awaitMore(AtomicInteger count, int more) {
    int enough = count.get() + more;
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> count.get() >= enough);
  }

  /** Counts how often it was asked while it made no progress. */
  private static BooleanSupplier progress(AtomicBoolean alive, AtomicInteger denied) {
    return () -> {
      boolean answer = alive.get();
      if (!answer) {
        denied.incrementAndGet();
      }
      return answer;
    };
  }
}
