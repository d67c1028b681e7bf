// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.AbstractBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelException;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioChannelOption;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.netty.channel.unix.RawUnixChannelOption;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The event loops of one side (a worker, a mount) and the channel classes that run on them: epoll
 * where the platform has it, else NIO. Owns its threads until {@link #close}. Thread-safe.
 */
public final class Transport implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Transport.class);

  /** From the kernel's socket.h and if.h. */
  private static final int SOL_SOCKET = 1;

  private static final int SO_BINDTODEVICE = 25;
  private static final int IFNAMSIZ = 16;
  private static final int SO_RCVLOWAT = 18;

  /** From the kernel's in.h and tcp.h. */
  private static final int IPPROTO_TCP = 6;

  private static final int TCP_MAXSEG = 2;

  private static final IntegerUnixChannelOption MAX_SEGMENT =
      new IntegerUnixChannelOption("TCP_MAXSEG", IPPROTO_TCP, TCP_MAXSEG);

  private static final IntegerUnixChannelOption LOW_WATER =
      new IntegerUnixChannelOption("SO_RCVLOWAT", SOL_SOCKET, SO_RCVLOWAT);

  private static final RawUnixChannelOption BIND_TO_DEVICE =
      new RawUnixChannelOption("SO_BINDTODEVICE", SOL_SOCKET, SO_BINDTODEVICE, IFNAMSIZ);

  /**
   * Buffers of all channels. Netty's own choice, the adaptive allocator, gives memory back early
   * and has it again, and each time the JVM fills it with zeros: a quarter more processor time for
   * a stream.
   */
  public static final PooledByteBufAllocator BUFFERS = PooledByteBufAllocator.DEFAULT;

  private static final int KEEPALIVE_IDLE_SECONDS = 30;
  private static final int KEEPALIVE_PAUSE_SECONDS = 10;
  private static final int KEEPALIVE_TRIES = 3;

  /** Longest time that {@link #close} waits for the threads to end. */
  private static final long CLOSE_TIMEOUT_MILLIS = 5_000;

  private final EventLoopGroup group;
  private final boolean epoll;

  private Transport(EventLoopGroup group, boolean epoll) {
    this.group = group;
    this.epoll = epoll;
  }

  /**
   * Starts nothing yet: a thread starts with its first channel or task.
   *
   * @param threadPrefix names the daemon threads: prefix-1-1, prefix-1-2, ...
   * @param threads event loops, at least 1
   */
  public static Transport create(String threadPrefix, int threads) {
    boolean epoll = Epoll.isAvailable();
    if (!epoll) {
      log.warn(
          "epoll is not available ({}); RailFS uses NIO, without device binding",
          String.valueOf(Epoll.unavailabilityCause().getMessage()));
    }
    return create(threadPrefix, threads, epoll);
  }

  static Transport create(String threadPrefix, int threads, boolean epoll) {
    requireNonNull(threadPrefix, "threadPrefix is null");
    IoHandlerFactory handlers = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
    return new Transport(
        new MultiThreadIoEventLoopGroup(
            threads, new DefaultThreadFactory(threadPrefix, true), handlers),
        epoll);
  }

  public EventLoopGroup group() {
    return group;
  }

  public Class<? extends SocketChannel> socketChannel() {
    return epoll ? EpollSocketChannel.class : NioSocketChannel.class;
  }

  public Class<? extends ServerSocketChannel> serverChannel() {
    return epoll ? EpollServerSocketChannel.class : NioServerSocketChannel.class;
  }

  public boolean isEpoll() {
    return epoll;
  }

  /**
   * Binds the one channel that the bootstrap makes next to a network interface: its packets leave
   * and arrive there or not at all. Where the kernel refuses (no such device), the connect or bind
   * fails. Call this on a fresh bootstrap for every connect or bind, for Netty uses the value up; a
   * second channel of the same bootstrap fails, it does not run unbound.
   *
   * @param bootstrap its group is set
   * @param device name of the interface, case-sensitive
   * @throws FabricException where the bootstrap's event loops are not epoll, or the name is too
   *     long or empty
   */
  public static <B extends AbstractBootstrap<?, ?>> void bindToDevice(B bootstrap, String device)
      throws FabricException {
    if (!(bootstrap.config().group() instanceof IoEventLoopGroup loops)
        || !loops.isIoType(EpollIoHandler.class)) {
      throw new FabricException(
          "cannot bind to device '"
              + device
              + "': that needs the epoll transport, which is not in use here; remove the"
              + " bind.device setting or run on Linux with Netty's native epoll library");
    }
    bootstrap.option(BIND_TO_DEVICE, name(device));
  }

  /**
   * Binds a channel that is not connected yet to a network interface.
   *
   * @param channel of epoll
   * @param device name of the interface, case-sensitive
   * @throws FabricException where the kernel refuses, the channel is another one, or the name is
   *     too long or empty
   */
  public static void bindToDevice(Channel channel, String device) throws FabricException {
    try {
      if (!(channel instanceof EpollSocketChannel)
          || !channel.config().setOption(BIND_TO_DEVICE, name(device))) {
        throw new FabricException(
            "cannot bind to device '" + device + "': that needs the epoll transport");
      }
    } catch (ChannelException e) {
      throw new FabricException(
          "cannot bind to device '" + device + "': " + e.getMessage() + "; 'ip link' lists them",
          e);
    }
  }

  private static ByteBuffer name(String device) throws FabricException {
    byte[] name = device.getBytes(UTF_8);
    if (name.length == 0 || name.length >= IFNAMSIZ) {
      throw new FabricException(
          "'"
              + device
              + "' is no device name: it must have 1 to "
              + (IFNAMSIZ - 1)
              + " bytes; 'ip link' lists the devices");
    }
    ByteBuffer value = ByteBuffer.allocateDirect(IFNAMSIZ);
    value.put(0, name);
    return value;
  }

  /**
   * The network interface that a channel's socket is bound to, as the kernel reports it; empty for
   * none, and always without epoll.
   *
   * @throws FabricException where the socket is closed
   */
  public static String boundDevice(Channel channel) throws FabricException {
    ByteBuffer value;
    try {
      value = channel.config().getOption(BIND_TO_DEVICE);
    } catch (RuntimeException e) {
      throw new FabricException("the device of " + channel + " cannot be found out: " + e, e);
    }
    if (value == null) {
      return "";
    }
    byte[] name = new byte[IFNAMSIZ];
    int length = 0;
    while (value.hasRemaining() && length < IFNAMSIZ) {
      byte letter = value.get();
      if (letter == 0) {
        break;
      }
      name[length++] = letter;
    }
    return new String(name, 0, length, UTF_8);
  }

  /**
   * Lets a connect that names its source address share that address's ports with connects to other
   * peers.
   */
  public void bindWithoutPort(AbstractBootstrap<?, ?> bootstrap) {
    if (epoll) {
      bootstrap.option(EpollChannelOption.IP_BIND_ADDRESS_NO_PORT, true);
    }
  }

  /**
   * Has the kernel ask a silent peer whether it is still there: one whose host has ended the
   * connection, or is gone, ends it within about a minute. Without that a worker keeps the other
   * half of each connection that a mount gave up on a cut rail until the idle time-out.
   */
  public void keepAlive(Channel channel) {
    ChannelConfig config = channel.config();
    config.setOption(ChannelOption.SO_KEEPALIVE, true);
    if (epoll) {
      config.setOption(EpollChannelOption.TCP_KEEPIDLE, KEEPALIVE_IDLE_SECONDS);
      config.setOption(EpollChannelOption.TCP_KEEPINTVL, KEEPALIVE_PAUSE_SECONDS);
      config.setOption(EpollChannelOption.TCP_KEEPCNT, KEEPALIVE_TRIES);
    } else {
      config.setOption(
          NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPIDLE), KEEPALIVE_IDLE_SECONDS);
      config.setOption(
          NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPINTERVAL), KEEPALIVE_PAUSE_SECONDS);
      config.setOption(NioChannelOption.of(ExtendedSocketOptions.TCP_KEEPCOUNT), KEEPALIVE_TRIES);
    }
  }

  /**
   * Lets the kernel drop a connection whose peer has acknowledged nothing for this long: it ends
   * half-open ones. Without epoll it does nothing; keepalive and deadlines remain.
   *
   * @param millis at least 1
   */
  public void tcpUserTimeout(AbstractBootstrap<?, ?> bootstrap, int millis) {
    if (epoll) {
      bootstrap.option(EpollChannelOption.TCP_USER_TIMEOUT, millis);
    }
  }

  /**
   * Keeps the packets of a connection, of both sides, from holding more. Without epoll it does
   * nothing.
   *
   * @param bytes of content with TCP's options, 88 to 32767
   */
  public void maxSegment(AbstractBootstrap<?, ?> bootstrap, int bytes) {
    if (epoll) {
      bootstrap.option(MAX_SEGMENT, bytes);
    }
  }

  /**
   * Has the kernel announce received data only from so many bytes on, or when the connection ends.
   * A larger number of bytes than is still to come would never be announced. Without epoll it does
   * nothing.
   *
   * @param channel open
   * @param bytes at least 1
   */
  public static void lowWater(Channel channel, int bytes) {
    if (channel instanceof EpollSocketChannel) {
      channel.config().setOption(LOW_WATER, bytes);
    }
  }

  /**
   * Closes every channel that is left and ends the threads; waits for them, a few seconds at most.
   * Not to be called by one of them.
   */
  @Override
  public void close() {
    boolean ended =
        group
            .shutdownGracefully(0, CLOSE_TIMEOUT_MILLIS, TimeUnit.MILLISECONDS)
            .awaitUninterruptibly(CLOSE_TIMEOUT_MILLIS);
    if (!ended) {
      log.warn(
          "network threads did not end within {} ms; they are daemons and end with the process",
          CLOSE_TIMEOUT_MILLIS);
    }
  }
}
