// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.systemd;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import io.railfs.configuration.Environment;
import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reports to the service manager, systemd or one that speaks as it does, how the service is: the
 * datagrams of sd_notify(3) to the socket that the manager names. Without a manager everything here
 * does nothing. Thread-safe.
 *
 * <p>Java 17 has no datagram sockets of the Unix domain; Netty's native transport, which carries
 * RailFS's traffic anyway, has.
 */
public final class SystemdNotifier {
  private static final Logger log = LoggerFactory.getLogger(SystemdNotifier.class);

  /** The socket; a path, or a name in the abstract namespace behind "@". */
  static final String SOCKET = "NOTIFY_SOCKET";

  private static final String WATCHDOG_MICROS = "WATCHDOG_USEC";
  private static final String WATCHDOG_PID = "WATCHDOG_PID";

  /** Not for processes that this one starts: they are not the service. */
  public static final Set<String> VARIABLES =
      Set.of(SOCKET, WATCHDOG_MICROS, WATCHDOG_PID, "JOURNAL_STREAM");

  private final Optional<byte[]> address;
  private final Optional<Duration> watchdog;

  private SystemdNotifier(Optional<byte[]> address, Optional<Duration> watchdog) {
    this.address = address;
    this.watchdog = watchdog;
  }

  /** The manager that started this process. */
  public static SystemdNotifier ofThisProcess() throws CommandException {
    return of(Environment.ofThisProcess());
  }

  /** Fails with {@link CommandException} where there is one that cannot be reached. */
  static SystemdNotifier of(Environment environment) throws CommandException {
    String socket = environment.get(SOCKET).orElse("");
    if (socket.isEmpty()) {
      return new SystemdNotifier(Optional.empty(), Optional.empty());
    }
    if (!Epoll.isAvailable()) {
      throw new CommandException(
          "the service manager waits for word at %s, which needs Netty's native transport (%s); use Type=exec in the unit"
              .formatted(socket, Epoll.unavailabilityCause().getMessage()));
    }
    byte[] address = socket.getBytes(UTF_8);
    if (address[0] == '@') {
      address[0] = 0;
    }
    return new SystemdNotifier(Optional.of(address), watchdog(environment));
  }

  private static Optional<Duration> watchdog(Environment environment) {
    String micros = environment.get(WATCHDOG_MICROS).orElse("");
    String self = String.valueOf(ProcessHandle.current().pid());
    boolean forUs = environment.get(WATCHDOG_PID).orElse(self).equals(self);
    return forUs && micros.matches("[1-9]\\d{0,17}")
        ? Optional.of(Duration.ofNanos(Math.multiplyExact(Long.parseLong(micros), 1000L)))
        : Optional.empty();
  }

  /** Time within which the manager wants a sign of life, again and again. */
  Optional<Duration> watchdog() {
    return watchdog;
  }

  /** It serves. */
  public void ready(String name) {
    send("READY=1\nSTATUS=" + name + " serves");
  }

  /** It ends, as it should. */
  public void stopping() {
    send("STOPPING=1\nSTATUS=ending");
  }

  /** It lives and makes progress. */
  void alive() {
    send("WATCHDOG=1");
  }

  private void send(String state) {
    if (address.isEmpty()) {
      return;
    }
    byte[] text = state.getBytes(UTF_8);
    ByteBuffer datagram = ByteBuffer.allocateDirect(text.length).put(text).flip();
    Socket socket = null;
    try {
      socket = Socket.newSocketDomainDgram();
      socket.sendToDomainSocket(datagram, 0, text.length, address.get());
    } catch (IOException | RuntimeException e) {
      log.warn("{} cannot be sent to the service manager; it may restart this service", state, e);
    } finally {
      close(socket);
    }
  }

  private static void close(Socket socket) {
    if (socket != null) {
      try {
        socket.close();
      } catch (IOException e) {
        log.warn("a socket cannot be closed", e);
      }
    }
  }
}
