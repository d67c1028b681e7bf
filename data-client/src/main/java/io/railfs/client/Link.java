package io.railfs.client;

import static java.util.Objects.requireNonNull;

import com.google.protobuf.MessageLite;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.ScheduledFuture;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameDecoder;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.messages.HelloReply;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps one connection to one endpoint of a worker: resolves, connects, greets, and starts over
 * with growing waits when it fails. Its state lives on one event loop; {@link #ready} and {@link
 * #problem} may be read by any thread.
 */
final class Link implements Connection.Owner {
  private static final Logger log = LoggerFactory.getLogger(Link.class);

  /** Largest single read from a socket, in bytes. */
  private static final int MAX_RECEIVE = 512 << 10;

  /** Who uses the link. All methods are called on the link's event loop. */
  interface Listener {
    /**
     * Judges a worker's greeting.
     *
     * @return why the connection is of no use, or null where it is good
     */
    String greeted(Link link, Connection connection, HelloReply hello);

    /** The connection is ready. */
    void ready(Link link);

    /** The link has no connection and will try again; the cause is also its {@link #problem}. */
    void failed(Link link, AttemptException cause);
  }

  private final Wiring wiring;
  private final Endpoint endpoint;
  private final String device;
  private final int maxPayload;
  private final Listener listener;
  private final String name;
  private final EventLoop loop;

  private volatile Connection ready;
  private volatile String problem = "it has not answered yet";
  private volatile boolean hasFailed;
  private Connection current;
  private int failures;
  private ScheduledFuture<?> reconnect;
  private boolean closed;

  /**
   * @param device to bind to, empty for none
   * @param maxPayload bytes of the largest payload that the worker may send
   */
  Link(Wiring wiring, Endpoint endpoint, String device, int maxPayload, Listener listener) {
    this.wiring = requireNonNull(wiring, "wiring is null");
    this.endpoint = requireNonNull(endpoint, "endpoint is null");
    this.device = requireNonNull(device, "device is null");
    this.maxPayload = maxPayload;
    this.listener = requireNonNull(listener, "listener is null");
    name = "worker " + endpoint + (device.isEmpty() ? "" : " via " + device);
    loop = wiring.transport().group().next();
  }

  /** The connection, or null while there is none that has been greeted. */
  Connection ready() {
    return ready;
  }

  /** Why there is no connection. */
  String problem() {
    return problem;
  }

  /** Whether a connect has failed since there was a connection. */
  boolean hasFailed() {
    return hasFailed;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  /** Starts to connect. */
  void open() {
    try {
      wiring.resolver().execute(this::resolve);
    } catch (RejectedExecutionException e) {
      log.debug("{} is not connected, for the client is closing", name);
    }
  }

  /** Closes the connection for good; what is under way on it fails. */
  void close(AttemptException cause) {
    onLoop(
        () -> {
          closed = true;
          problem = cause.getMessage();
          if (reconnect != null) {
            reconnect.cancel(false);
          }
          if (current != null) {
            current.close(cause);
          }
        });
  }

  private void onLoop(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      log.debug("{} is left alone, for the client is closing", name);
    }
  }

  private void resolve() {
    try {
      InetAddress address = InetAddress.getByName(endpoint.host());
      onLoop(() -> connect(new InetSocketAddress(address, endpoint.port())));
    } catch (UnknownHostException e) {
      onLoop(() -> failed("unknown host", e));
    }
  }

  private void connect(InetSocketAddress address) {
    if (closed) {
      return;
    }
    try {
      bootstrap().connect(address).addListener(future -> connected((ChannelFuture) future));
    } catch (FabricException e) {
      failed(e.getMessage(), e);
    }
  }

  private Bootstrap bootstrap() throws FabricException {
    ClientSettings settings = wiring.settings();
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(wiring.transport().socketChannel())
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.SO_KEEPALIVE, true)
            .option(
                ChannelOption.CONNECT_TIMEOUT_MILLIS, (int) settings.connectTimeout().toMillis())
            .option(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(2 << 10, 16 << 10, MAX_RECEIVE))
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    current =
                        new Connection(
                            channel, name, settings.attemptTimeout().toNanos(), Link.this);
                    channel.pipeline().addLast(new FrameDecoder(maxPayload), current);
                  }
                });
    wiring.transport().tcpUserTimeout(bootstrap, (int) settings.attemptTimeout().toMillis());
    if (!device.isEmpty()) {
      Transport.bindToDevice(bootstrap, device);
    }
    return bootstrap;
  }

  private void connected(ChannelFuture future) {
    if (!future.isSuccess()) {
      current = null;
      failed(Causes.describe(future.cause()), future.cause());
    } else if (closed || current == null) {
      future.channel().close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    } else {
      current.send(new Greeting(current));
    }
  }

  @Override
  public void connectionClosed(Connection connection, AttemptException cause, boolean idle) {
    if (current != connection) {
      // A connect that failed: its future tells.
      return;
    }
    current = null;
    boolean wasReady = ready != null;
    ready = null;
    if (wasReady && idle && !closed && cause.kind() == AttemptException.Kind.CONNECTION_LOST) {
      // Workers close connections that are not used; only if it cannot be opened again it matters.
      log.debug("{}: an idle connection was closed", name);
      problem = "the connection was closed";
      reconnectAfter(Backoff.CONNECT.delayNanos(0));
      return;
    }
    String text = String.valueOf(cause.getMessage());
    failed(text.startsWith(name) ? text.substring(name.length()).strip() : text, cause);
  }

  private void failed(String reason, Throwable cause) {
    if (closed) {
      return;
    }
    boolean first = failures == 0;
    problem = reason;
    hasFailed = true;
    reconnectAfter(Backoff.CONNECT.delayNanos(failures++));
    if (first) {
      log.warn("{}: {}; reconnecting until it answers", name, reason);
    } else {
      log.debug("{}: {}", name, reason);
    }
    listener.failed(
        this,
        cause instanceof AttemptException known
            ? known
            : new AttemptException(
                AttemptException.Kind.CONNECTION_LOST, name + ": " + reason, cause));
  }

  private void reconnectAfter(long delayNanos) {
    reconnect = loop.schedule(this::open, delayNanos, TimeUnit.NANOSECONDS);
  }

  private void greeted(Connection connection, HelloReply hello) {
    String refusal = listener.greeted(this, connection, hello);
    if (refusal != null) {
      connection.close(
          new AttemptException(AttemptException.Kind.CONNECTION_LOST, name + " " + refusal));
      return;
    }
    if (failures > 0) {
      log.info("{}: connected", name);
    }
    failures = 0;
    hasFailed = false;
    problem = "";
    ready = connection;
    listener.ready(this);
  }

  /** The first exchange of a connection. */
  private final class Greeting extends Exchange {
    private final Connection connection;
    private HelloReply hello;

    Greeting(Connection connection) {
      super(Opcode.HELLO, System.nanoTime() + wiring.settings().connectTimeout().toNanos());
      this.connection = connection;
    }

    @Override
    MessageLite request() {
      return Identity.HELLO;
    }

    @Override
    void onReply(Frame reply) throws ProtocolException {
      hello = reply.parse(HelloReply.parser());
    }

    @Override
    void onEnd() {
      greeted(connection, hello);
    }

    @Override
    void onFailure(AttemptException cause) {
      connection.close(cause);
    }
  }
}
