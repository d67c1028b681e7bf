// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric.local;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.channel.unix.FileDescriptor;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests over real Unix sockets, to a process that gives, refuses, closes or is silent. */
final class DescriptorRequestTest {
  private static final Duration SHORT = Duration.ofMillis(300);
  private static final Duration LONG = Duration.ofSeconds(10);

  private static final DescriptorRequest.Check ANY = descriptor -> {};

  /** Sends two descriptors in one message to whoever asks. */
  private static final String GENEROUS =
      """
      import socket, sys
      with socket.socket(socket.AF_UNIX) as s, open(sys.argv[2]) as a, open(sys.argv[3]) as b:
          s.bind(sys.argv[1])
          s.listen()
          s.settimeout(20)
          peer, _ = s.accept()
          peer.recv(100)
          socket.send_fds(peer, [b"x"], [a.fileno(), b.fileno()])
          peer.recv(100)
      """;

  @TempDir private Path directory;
  private final MultiThreadIoEventLoopGroup group =
      new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());

  @AfterEach
  void stop() {
    assertThat(group.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly(10_000))
        .isTrue();
  }

  /** What is done with a request, which comes in one piece here. */
  private interface Answer {
    void to(ChannelHandlerContext peer, String request) throws IOException;
  }

  private Path serve(Answer answer) {
    Path socket = directory.resolve("socket");
    ChannelFuture bound =
        new ServerBootstrap()
            .group(group)
            .channel(EpollServerDomainSocketChannel.class)
            .childHandler(
                new ChannelInboundHandlerAdapter() {
                  @Override
                  public boolean isSharable() {
                    return true;
                  }

                  @Override
                  public void channelRead(ChannelHandlerContext ctx, Object message)
                      throws IOException {
                    String request = ((ByteBuf) message).toString(UTF_8);
                    ReferenceCountUtil.release(message);
                    answer.to(ctx, request);
                  }
                })
            .bind(new DomainSocketAddress(socket.toFile()))
            .awaitUninterruptibly();
    assertThat(bound.isSuccess()).isTrue();
    return socket;
  }

  @Test
  void aDescriptorThatIsGivenIsOfTheSameFile() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "what it holds");
    CompletableFuture<String> request = new CompletableFuture<>();
    Path socket =
        serve(
            (peer, text) -> {
              request.complete(text);
              FileDescriptor given = FileDescriptor.from(file.toFile());
              peer.writeAndFlush(given)
                  .addListener(
                      sent -> {
                        given.close();
                        ChannelFuture unused = peer.close();
                      });
            });
    int descriptor = DescriptorRequest.send(socket, "the request\n\n", ANY, Duration.ZERO, LONG);
    FileDescriptor own = new FileDescriptor(descriptor);
    try {
      assertThat(request.get(10, TimeUnit.SECONDS)).isEqualTo("the request\n\n");
      Path link = Path.of("/proc/self/fd/" + descriptor);
      assertThat(Files.readSymbolicLink(link)).isEqualTo(file.toRealPath());
      String info = Files.readString(Path.of("/proc/self/fdinfo/" + descriptor));
      assertThat(Integer.parseInt(info.replaceAll("(?s).*flags:\\s*(\\d+).*", "$1"), 8) & 0x80000)
          .as("closed where another program starts")
          .isNotZero();
    } finally {
      own.close();
    }
  }

  @Test
  void aSentenceIsTheReason() {
    Path socket =
        serve(
            (peer, text) ->
                peer.writeAndFlush(Unpooled.copiedBuffer("not now:\n" + text, UTF_8))
                    .addListener(ChannelFutureListener.CLOSE));
    assertThatThrownBy(() -> DescriptorRequest.send(socket, "x", ANY, Duration.ZERO, LONG))
        .isInstanceOf(IOException.class)
        .hasMessage("not now: x");
  }

  @Test
  void whoClosesOrIsSilentIsNamed() {
    Path socket =
        serve(
            (peer, text) -> {
              if (text.equals("close")) {
                ChannelFuture unused = peer.close();
              }
            });
    assertThatThrownBy(() -> DescriptorRequest.send(socket, "close", ANY, Duration.ZERO, LONG))
        .hasMessage("the process at " + socket + " closed the connection");
    long start = System.nanoTime();
    assertThatThrownBy(() -> DescriptorRequest.send(socket, "wait", ANY, Duration.ZERO, SHORT))
        .hasMessage("the socket " + socket + " gives no answer: the time is over");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(SHORT, LONG);
  }

  @Test
  void whoIsNotThereIsWaitedForAndThenNamed() {
    Path socket = directory.resolve("nobody");
    long start = System.nanoTime();
    assertThatThrownBy(() -> DescriptorRequest.send(socket, "x", ANY, SHORT, LONG))
        .hasMessage("the socket " + socket + " cannot be reached: No such file or directory");
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(SHORT, LONG);
    Path deep = directory.resolve("d".repeat(120));
    assertThatThrownBy(() -> DescriptorRequest.send(deep, "x", ANY, SHORT, LONG))
        .hasMessageEndingWith("has more than 107 bytes");
  }

  /** Descriptors of a file that this process has. */
  private static long openOf(Path file) throws IOException {
    Path real = file.toRealPath();
    long count = 0;
    try (DirectoryStream<Path> all = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
      for (Path link : all) {
        if (target(link).equals(real)) {
          count++;
        }
      }
    }
    return count;
  }

  private static Path target(Path link) throws IOException {
    try {
      return Files.readSymbolicLink(link);
    } catch (NoSuchFileException e) {
      // That of the list itself, or of another thread.
      return link;
    }
  }

  @Test
  void whatIsSomethingElseIsClosed() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "what it holds");
    Path socket =
        serve(
            (peer, text) -> {
              FileDescriptor given = FileDescriptor.from(file.toFile());
              peer.writeAndFlush(given).addListener(sent -> given.close());
            });
    AtomicInteger seen = new AtomicInteger();
    DescriptorRequest.Check refuses =
        descriptor -> {
          seen.set(descriptor);
          assertThat(target(Path.of("/proc/self/fd/" + descriptor))).isEqualTo(file.toRealPath());
          throw new IOException("it is something else");
        };
    assertThatThrownBy(() -> DescriptorRequest.send(socket, "x", refuses, Duration.ZERO, LONG))
        .hasMessage("it is something else");
    assertThat(seen.get()).isPositive();
    // That of the other side is closed by its own thread.
    await().until(() -> openOf(file) == 0);
    DescriptorRequest.Check breaks =
        descriptor -> {
          throw new IllegalStateException("it cannot be checked");
        };
    assertThatThrownBy(() -> DescriptorRequest.send(socket, "x", breaks, Duration.ZERO, LONG))
        .hasMessage("it cannot be checked");
    await().until(() -> openOf(file) == 0);
  }

  @Test
  void ofSeveralDescriptorsOneIsTakenAndNoOtherStaysOpen() throws Exception {
    Path first = Files.writeString(directory.resolve("first"), "1");
    Path second = Files.writeString(directory.resolve("second"), "2");
    Path socket = directory.resolve("generous");
    Process server =
        new ProcessBuilder(
                "python3", "-c", GENEROUS, socket.toString(), first.toString(), second.toString())
            .inheritIO()
            .start();
    try {
      int descriptor = DescriptorRequest.send(socket, "x", ANY, LONG, LONG);
      FileDescriptor own = new FileDescriptor(descriptor);
      try {
        assertThat(target(Path.of("/proc/self/fd/" + descriptor))).isEqualTo(first.toRealPath());
        assertThat(openOf(first)).isEqualTo(1);
        assertThat(openOf(second)).isZero();
      } finally {
        own.close();
      }
      assertThat(server.waitFor(20, TimeUnit.SECONDS)).isTrue();
      assertThat(server.exitValue()).isZero();
    } finally {
      server.destroyForcibly();
    }
  }
}
