package io.railfs.cli.run;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.railfs.cli.system.CommandException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells a serving process's numbers to whoever connects to its UNIX domain socket in the run
 * directory: one text, then the end. Owns a daemon thread, the socket and its file.
 */
public final class StatsSocket implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(StatsSocket.class);

  /** The kernel takes that much of a text at once, so that no reader can hold the thread. */
  private static final int MOST = 1 << 20;

  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(3);

  private final Path file;
  private final Object fileKey;
  private final ServerSocketChannel listener;
  private final Supplier<String> numbers;

  private StatsSocket(
      Path file, Object fileKey, ServerSocketChannel listener, Supplier<String> numbers) {
    this.file = file;
    this.fileKey = fileKey;
    this.listener = listener;
    this.numbers = numbers;
  }

  /**
   * Starts to tell.
   *
   * @param numbers makes the text anew for each reader
   * @throws IOException where the socket cannot be made; its path may be too long
   */
  static StatsSocket open(Path file, Supplier<String> numbers) throws IOException {
    requireNonNull(numbers, "numbers is null");
    Files.deleteIfExists(file);
    ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    Object fileKey;
    try {
      listener.bind(UnixDomainSocketAddress.of(file));
      fileKey = key(file);
    } catch (IOException e) {
      listener.close();
      throw e;
    }
    StatsSocket socket = new StatsSocket(file, fileKey, listener, numbers);
    Thread thread = new Thread(socket::serve, "railfs-stats");
    thread.setDaemon(true);
    thread.start();
    return socket;
  }

  private static Object key(Path file) throws IOException {
    return Files.readAttributes(file, BasicFileAttributes.class).fileKey();
  }

  private void serve() {
    while (listener.isOpen()) {
      try (SocketChannel reader = listener.accept()) {
        reader.setOption(StandardSocketOptions.SO_SNDBUF, MOST);
        reader.configureBlocking(false);
        ByteBuffer text = ByteBuffer.wrap(numbers.get().getBytes(UTF_8));
        reader.write(text);
        if (text.hasRemaining()) {
          log.warn("the numbers of this process are too many for {}; they were cut", file);
        }
      } catch (ClosedChannelException e) {
        log.debug("no more numbers are told", e);
      } catch (IOException | RuntimeException e) {
        log.warn("telling numbers at {} failed; the next reader gets them", file, e);
      }
    }
  }

  /** Reads what a process tells at its socket; waits a few seconds at most. */
  static String read(Path file) throws CommandException {
    ByteBuffer buffer = ByteBuffer.allocate(MOST);
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(file));
        Selector selector = Selector.open()) {
      channel.configureBlocking(false);
      SelectionKey unused = channel.register(selector, SelectionKey.OP_READ);
      long deadline = System.nanoTime() + PATIENCE_NANOS;
      while (channel.read(buffer) >= 0 && buffer.hasRemaining()) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw new IOException("it said nothing in time");
        }
        selector.select(left);
        selector.selectedKeys().clear();
      }
    } catch (IOException e) {
      throw new CommandException(
          "the process behind %s does not tell its numbers (%s); see its log".formatted(file, e),
          e);
    }
    return UTF_8.decode(buffer.flip()).toString();
  }

  @Override
  public void close() {
    try {
      listener.close();
      // A later process may have made its own in the same place.
      if (Files.exists(file) && key(file).equals(fileKey)) {
        Files.delete(file);
      }
    } catch (IOException e) {
      log.warn("{} cannot be removed; it is of no harm", file, e);
    }
  }
}
