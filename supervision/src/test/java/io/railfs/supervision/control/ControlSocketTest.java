// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.control;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.railfs.protocol.RailPath;
import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class ControlSocketTest {
  private static final String NUMBERS = "{\"reads\":7}";

  @TempDir private Path directory;
  private Path file;
  private ControlSocket socket;
  private final List<String> refreshed = new ArrayList<>();
  private final CountDownLatch mayEnd = new CountDownLatch(1);
  private final CountDownLatch slowBegun = new CountDownLatch(4);

  /** Until then the thread of the socket is held by whoever asks for numbers. */
  private volatile CountDownLatch mayAnswer = new CountDownLatch(0);

  private volatile CountDownLatch numbersBegun = new CountDownLatch(0);

  private final ControlOperations answers =
      new ControlOperations() {
        @Override
        public String numbers() {
          CountDownLatch hold = mayAnswer;
          numbersBegun.countDown();
          await(hold);
          return NUMBERS;
        }

        @Override
        public RefreshCounts refresh(RailPath path, boolean recursive) {
          if (path.latin1().equals("/slow")) {
            slowBegun.countDown();
            await(mayEnd);
          }
          if (path.latin1().equals("/broken")) {
            throw new IllegalStateException("broken");
          }
          synchronized (refreshed) {
            refreshed.add(path.latin1() + " " + recursive);
          }
          return new RefreshCounts(1204, 3, 17);
        }
      };

  @BeforeEach
  void open() throws IOException {
    file = directory.resolve("mount.stats");
    socket = ControlSocket.open(file, answers);
  }

  @AfterEach
  void close() {
    mayEnd.countDown();
    socket.close();
    assertThat(file).doesNotExist();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private RefreshCounts refresh(String path, boolean recursive) throws Exception {
    return ControlClient.refresh(file, ControlRequest.refresh(RailPath.ofLatin1(path), recursive));
  }

  private String raw(String request) throws IOException {
    try (SocketChannel channel = connect()) {
      ask(channel, request);
      return answer(channel);
    }
  }

  private SocketChannel connect() throws IOException {
    return SocketChannel.open(UnixDomainSocketAddress.of(file));
  }

  private static void ask(SocketChannel channel, String request) throws IOException {
    channel.write(ByteBuffer.wrap(request.getBytes(ISO_8859_1)));
  }

  private static String answer(SocketChannel channel) throws IOException {
    ByteBuffer answer = ByteBuffer.allocate(4096);
    while (channel.read(answer) >= 0) {
      assertThat(answer.hasRemaining()).isTrue();
    }
    return UTF_8.decode(answer.flip()).toString();
  }

  /** In place of the socket that is open, with another time that it waits for a line. */
  private void reopen(long silenceNanos) throws IOException {
    socket.close();
    socket = ControlSocket.open(file, answers, silenceNanos);
  }

  /** Connects and holds the thread of the socket, until {@link #mayAnswer} is counted down. */
  private SocketChannel hold() throws IOException {
    mayAnswer = new CountDownLatch(1);
    numbersBegun = new CountDownLatch(1);
    SocketChannel holder = connect();
    ask(holder, "stats\n");
    await(numbersBegun);
    return holder;
  }

  @Test
  void numbersAreToldAtOnce() throws Exception {
    long begun = System.nanoTime();
    for (int i = 0; i < 20; i++) {
      assertThat(ControlClient.stats(file)).isEqualTo(NUMBERS);
    }
    assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(5));
  }

  @Test
  void aCommandOfAnOlderReleaseWhichSaysNothingGetsTheNumbers() throws IOException {
    assertThat(raw("")).isEqualTo(NUMBERS);
    assertThat(raw("sta")).as("half a line").isEqualTo(NUMBERS);
  }

  @Test
  void aLineThatHasComeIsAnsweredThoughItsSenderCountsAsSilent() throws Exception {
    reopen(0);
    SocketChannel holder = hold();
    try (holder;
        SocketChannel late = connect()) {
      ask(late, ControlRequest.refresh(RailPath.ROOT, true).line() + "\n");
      mayAnswer.countDown();
      assertThat(RefreshCounts.of(answer(late))).contains(new RefreshCounts(1204, 3, 17));
      assertThat(refreshed).containsExactly("/ true");
    }
  }

  @Test
  void aLineThatHasComeIsAnsweredOnceThoughItsSenderGivesWayToMore() throws Exception {
    reopen(TimeUnit.HOURS.toNanos(1));
    List<SocketChannel> all = new ArrayList<>();
    try {
      SocketChannel first = connect();
      all.add(first);
      for (int i = 0; i < 40; i++) {
        all.add(connect());
      }
      // Whoever came before has been accepted then.
      all.add(hold());
      ask(first, ControlRequest.refresh(RailPath.ROOT, true).line() + "\n");
      for (int i = 0; i < 40; i++) {
        all.add(connect());
      }
      mayAnswer.countDown();
      assertThat(RefreshCounts.of(answer(first))).contains(new RefreshCounts(1204, 3, 17));
      assertThat(ControlClient.stats(file)).isEqualTo(NUMBERS);
      assertThat(refreshed).containsExactly("/ true");
    } finally {
      for (SocketChannel channel : all) {
        channel.close();
      }
    }
  }

  @Test
  void manySilentCommandsHoldNobodyUp() throws Exception {
    List<SocketChannel> silent = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        silent.add(SocketChannel.open(UnixDomainSocketAddress.of(file)));
      }
      long begun = System.nanoTime();
      assertThat(ControlClient.stats(file)).isEqualTo(NUMBERS);
      assertThat(System.nanoTime() - begun).isLessThan(TimeUnit.SECONDS.toNanos(3));
    } finally {
      for (SocketChannel channel : silent) {
        channel.close();
      }
    }
  }

  @Test
  void aPathIsItsBytes() throws Exception {
    assertThat(refresh("/a\u00ff b\n/c", true)).isEqualTo(new RefreshCounts(1204, 3, 17));
    assertThat(refresh("/" + "n".repeat(255), false).names()).isEqualTo(1204);
    assertThat(refreshed).containsExactly("/a\u00ff b\n/c true", "/" + "n".repeat(255) + " false");
  }

  @Test
  void aPathOfTheGreatestLengthFitsIntoALine() throws Exception {
    StringBuilder path = new StringBuilder();
    while (path.length() + 256 <= RailPath.MAX_LENGTH) {
      path.append('/').append("x".repeat(255));
    }
    refresh(path.toString(), false);
    assertThat(refreshed).containsExactly(path + " false");
  }

  @Test
  void slowRefreshesKeepNoNumbersWaitingAndAreBounded() throws Exception {
    List<CompletableFuture<RefreshCounts>> slow = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      CompletableFuture<RefreshCounts> one = new CompletableFuture<>();
      slow.add(one);
      new Thread(
              () -> {
                try {
                  one.complete(refresh("/slow", false));
                } catch (Exception e) {
                  one.completeExceptionally(e);
                }
              })
          .start();
    }
    await(slowBegun);
    assertThat(ControlClient.stats(file)).isEqualTo(NUMBERS);
    assertThatThrownBy(() -> refresh("/fifth", false))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("4 refreshes are under way");
    mayEnd.countDown();
    for (CompletableFuture<RefreshCounts> one : slow) {
      assertThat(one.get(30, TimeUnit.SECONDS).listings()).isEqualTo(3);
    }
  }

  @Test
  void whatIsNotKnownIsAnsweredWithASentence() throws Exception {
    assertThat(raw("drop everything\n"))
        .isEqualTo("error the request 'drop' is not known to this release");
    assertThat(raw("refresh 1 ???\n")).startsWith("error ").contains("base64");
    assertThat(raw("refresh 1 YQ==\n")).startsWith("error ").contains("does not start with /");
    assertThat(ControlClient.stats(file)).isEqualTo(NUMBERS);
  }

  @Test
  void aDefectIsToldAndTheNextOneIsAnswered() throws Exception {
    assertThatThrownBy(() -> refresh("/broken", false))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("see the mount's log");
    assertThat(refresh("/", true).names()).isEqualTo(1204);
  }

  /** As releases before this one did: it writes to whoever connects, and reads nothing. */
  @Test
  void anOlderProcessIsRecognised() throws Exception {
    Path old = directory.resolve("old.stats");
    try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      listener.bind(UnixDomainSocketAddress.of(old));
      Thread thread = new Thread(() -> tellTwice(listener));
      thread.start();
      assertThat(ControlClient.stats(old)).isEqualTo(NUMBERS);
      assertThatThrownBy(
              () -> ControlClient.refresh(old, ControlRequest.refresh(RailPath.ROOT, true)))
          .isInstanceOf(CommandException.class)
          .hasMessageContaining("older release");
      thread.join(10_000);
      assertThat(thread.isAlive()).isFalse();
    }
    Files.delete(old);
  }

  private static void tellTwice(ServerSocketChannel listener) {
    for (int i = 0; i < 2; i++) {
      try (SocketChannel reader = listener.accept()) {
        Thread.sleep(50);
        reader.write(ByteBuffer.wrap(NUMBERS.getBytes(UTF_8)));
      } catch (IOException | InterruptedException e) {
        throw new AssertionError(e);
      }
    }
  }

  @Test
  void aProcessThatIsGoneIsNamed() {
    assertThatThrownBy(() -> ControlClient.stats(directory.resolve("none.stats")))
        .isInstanceOf(CommandException.class)
        .hasMessageContaining("does not answer");
  }
}
