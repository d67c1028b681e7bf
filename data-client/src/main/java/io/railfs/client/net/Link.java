// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.client.net;

import static java.util.Objects.requireNonNull;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.SocketChannel;
import io.netty.util.concurrent.ScheduledFuture;
import io.railfs.base.Backoff;
import io.railfs.client.Causes;
import io.railfs.client.ClientSettings;
import io.railfs.client.TransportKind;
import io.railfs.client.TransportSettings;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import io.railfs.fabric.local.Host;
import io.railfs.protocol.FrameDecoder;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.HelloReply;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection to one service of a worker, from when it is wanted: resolves the route, connects,
 * says HELLO, and starts over with growing waits when it fails, on the next of its routes where it
 * has several. It lives on one event loop; {@link #ready}, {@link #state} and {@link #problem} may
 * be read, and {@link #open} called, by any thread.
 *
 * <pre>
 *            open                HELLO
 *   IDLE -----------> OPENING -----------> UP --idle for long, or closed by the worker--> IDLE
 *                      |   ^               |    while nobody waited
 *               failed |   +---------------+
 *                      v      broken, the first time in a second
 *                     DOWN --an attempt succeeded--> UP
 * </pre>
 *
 * <p>A link without an idle time is to be there always: its connection is opened again whatever
 * closed it.
 *
 * <p>Where the listener allows it, a link whose device cannot be used takes a connection that is
 * bound to none, the fallback, and goes on trying its device; the first connection there replaces
 * the fallback.
 */
public final class Link implements Connection.Owner {
  /** Between connects to one worker: short enough that a restarted worker serves again at once. */
  private static final Backoff CONNECT_BACKOFF =
      new Backoff(Duration.ofMillis(100), Duration.ofSeconds(2));

  private static final Logger log = LoggerFactory.getLogger(Link.class);

  /** Idle time of a link that is to be there always. */
  public static final long ALWAYS = 0;

  /** A connection that lived so long is dialled again at once when it breaks. */
  private static final long SOUND_NANOS = TimeUnit.SECONDS.toNanos(1);

  /** How long a connection is still there after it is offered to nobody any more. */
  private static final long LEAVE_MILLIS = 1_000;

  /** How a link is. */
  enum State {
    /** Nobody wants it, and nothing is known against it. */
    IDLE,
    /** It is being connected. */
    OPENING,
    /** It has a connection. */
    UP,
    /** It was wanted and cannot be had; it is tried until it can. */
    DOWN
  }

  /** Takes the events of a link, on its event loop. */
  public interface Listener {
    /**
     * Judges a worker's HELLO reply.
     *
     * @param remote where it came from
     * @return why the connection is of no use, as the end of a sentence, or null where it is good
     */
    String helloReceived(HelloReply hello, InetSocketAddress remote);

    /** The connection is ready. */
    public void ready();

    /** The link has no connection and will try again; the cause is also its {@link #problem}. */
    void failed(Link link, AttemptException cause);

    /** What a connection of the link over this route counts into. */
    Rails.Counters counters(WorkerRoute route);

    /** Whether the link, which failed, may connect without its device now. */
    boolean mayFallBack();

    /** The link's connection is bound to no device though one is named. */
    void fellBack();

    /** TCP brings its blocks though the settings name another transport alone. */
    default void transportFellBack() {}
  }

  private final ConnectionContext context;
  private final int maxPayload;
  private final long idleNanos;
  private final Listener listener;
  private final EventLoop loop;
  private final AtomicReference<State> state = new AtomicReference<>(State.IDLE);

  private volatile List<WorkerRoute> routes;
  private volatile Connection ready;
  private volatile String problem;
  private volatile boolean hasFailed;
  private volatile boolean untrusted;
  private int turn;
  private Connection current;
  private Connection fallback;

  /** The connection while it is still open but not offered any more, being idle. */
  private Connection leaving;

  /** Ends it, unless it is offered again before. */
  private ScheduledFuture<?> leave;

  private int failures;
  private ScheduledFuture<?> reconnect;
  private long readyNanos;

  /** Whether the last connection had RDMA, which brought nothing before it broke. */
  private boolean rdmaFailed;

  /** Whether the connection is being closed because its device carries nothing any more. */
  private boolean deviceLost;

  private boolean closed;

  /**
   * @param routes at least one; the first is tried first
   * @param maxPayload bytes of the largest payload that the worker may send
   * @param idleNanos after which a connection that carried nothing is closed, or {@link #ALWAYS}
   */
  public Link(
      ConnectionContext context,
      List<WorkerRoute> routes,
      int maxPayload,
      long idleNanos,
      Listener listener) {
    this.context = requireNonNull(context, "context is null");
    this.routes = List.copyOf(routes);
    this.maxPayload = maxPayload;
    this.idleNanos = idleNanos;
    problem = idleNanos == ALWAYS ? "it has not answered yet" : "";
    this.listener = requireNonNull(listener, "listener is null");
    loop = context.transport().group().next();
  }

  /** The connection, or null while there is none whose handshake is done. */
  public Connection ready() {
    return ready;
  }

  State state() {
    return state.get();
  }

  /** Whether nothing is known against its becoming or being of use. */
  public boolean mayServe() {
    return state.get() != State.DOWN;
  }

  /** Whether there is a connection where the settings want it. */
  public boolean isOnRail() {
    Connection connection = ready;
    return connection != null && !isFallback(connection);
  }

  /** Whether there is a connection, but bound to no device though one is named. */
  public boolean hasFallenBack() {
    Connection connection = ready;
    return connection != null && isFallback(connection);
  }

  /** Whether TCP brings its blocks though the settings name another transport alone. */
  boolean usesOtherTransport() {
    Connection connection = ready;
    return connection != null
        && maxPayload > 0
        && !context.settings().transport().allowsTcp()
        && connection.blocks().kind() == TransportKind.TCP;
  }

  private boolean isFallback(Connection connection) {
    return connection.route().device().isEmpty() && !routes.get(0).device().isEmpty();
  }

  /** Why there is no connection; empty where there is one, or none is wanted. */
  public String problem() {
    return problem;
  }

  /** Whether the last failure was that one side did not prove what the other asks for. */
  public boolean isUntrusted() {
    return untrusted;
  }

  /** Whether a connect has failed since there was a connection. */
  public boolean hasFailed() {
    return hasFailed;
  }

  /** The first of its routes. */
  public WorkerRoute route() {
    return routes.get(0);
  }

  /** Gives it further routes, or takes some; the connection stays. */
  public void setRoutes(List<WorkerRoute> others) {
    routes = List.copyOf(others);
  }

  /** Wants the connection. */
  public void open() {
    if (state.get() == State.IDLE && state.compareAndSet(State.IDLE, State.OPENING)) {
      onLoop(this::begin);
    }
  }

  private void begin() {
    if (closed) {
      return;
    }
    if (leaving == null) {
      dial();
    } else {
      Connection back = leaving;
      leaving = null;
      // Else it would end the next, later idleness of this connection too early.
      leave.cancel(false);
      offer(back);
      listener.ready();
    }
  }

  private void offer(Connection connection) {
    problem = "";
    ready = connection;
    state.set(State.UP);
    if (idleNanos != ALWAYS && !isFallback(connection)) {
      lookAfter(connection, idleNanos);
    }
  }

  private void lookAfter(Connection connection, long nanos) {
    ScheduledFuture<?> unused = loop.schedule(() -> look(connection), nanos, TimeUnit.NANOSECONDS);
  }

  /** Offers a connection to nobody any more where it has carried nothing for long. */
  private void look(Connection connection) {
    if (connection != ready || closed) {
      return;
    }
    long left = idleNanos - connection.quietNanos();
    if (left > 0) {
      lookAfter(connection, left);
      return;
    }
    leaving = connection;
    withdraw(State.IDLE);
    leave = loop.schedule(() -> leave(connection), LEAVE_MILLIS, TimeUnit.MILLISECONDS);
  }

  /** A caller that chose it just before it was offered no more has sent by now. */
  private void leave(Connection connection) {
    if (connection != leaving) {
      return;
    }
    if (connection.quietNanos() < idleNanos) {
      open();
      return;
    }
    connection.close(
        new AttemptException(
            AttemptException.Kind.CONNECTION_LOST, connection.name() + " was closed, being idle"));
  }

  /** Closes the connection for good; what is under way on it fails. */
  public void close(AttemptException cause) {
    onLoop(
        () -> {
          closed = true;
          state.set(State.DOWN);
          problem = String.valueOf(cause.getMessage());
          if (reconnect != null) {
            reconnect.cancel(false);
          }
          if (fallback != null) {
            fallback.close(cause);
          }
          if (current != null) {
            current.close(cause);
          }
        });
  }

  /**
   * Closes the connection where its device cannot carry it any more: TCP alone would wait for what
   * does not come back.
   */
  public void follow(DeviceState state) {
    Connection connection = ready;
    if (connection == null || !connection.route().device().equals(state.device())) {
      return;
    }
    String reason = state.problemOf(connection.channel().localAddress());
    if (!reason.isEmpty()) {
      AttemptException cause =
          new AttemptException(
              AttemptException.Kind.CONNECTION_LOST, connection.name() + ": " + reason);
      onLoop(
          () -> {
            deviceLost = true;
            connection.close(cause);
            deviceLost = false;
          });
    }
  }

  /**
   * Says HELLO once more on the connection, where there is one; the listener gets the reply.
   *
   * @param matters whether the listener is to get this reply
   */
  public void sayHello(Predicate<HelloReply> matters) {
    Connection connection = ready;
    if (connection == null) {
      return;
    }
    connection.send(
        ClientHandshake.hello(
            helloDeadline(),
            (hello, cause) -> {
              if (cause != null) {
                log.debug("{} did not answer HELLO again", connection.name(), cause);
              } else if (matters.test(hello)) {
                helloReceived(connection, hello);
              }
            }));
  }

  /**
   * Another connection of the worker hangs: closes this one where it is silent too, or has the
   * worker prove itself where this one uses another device.
   *
   * @param device that the other one uses
   */
  public void suspect(String device, AttemptException cause) {
    Connection connection = ready;
    if (connection == null) {
      return;
    }
    if (connection.route().device().equals(device)) {
      connection.closeIfSilent(cause);
    } else {
      connection.proveIfSilent(cause);
    }
  }

  private void onLoop(Runnable task) {
    try {
      loop.execute(task);
    } catch (RejectedExecutionException e) {
      log.debug("{}: no task is run any more, as the client is closing", route());
    }
  }

  private void dial() {
    if (closed) {
      return;
    }
    List<WorkerRoute> routesNow = routes;
    WorkerRoute route = routesNow.get(Math.floorMod(turn, routesNow.size()));
    // In turns, so that a device that can be used again is found out whatever the fallback does.
    boolean leave = !route.device().isEmpty() && fallback == null && failures % 2 == 1;
    WorkerRoute taken = leave && listener.mayFallBack() ? route.unbound() : route;
    try {
      context.resolver().execute(() -> lookUp(taken));
    } catch (RejectedExecutionException e) {
      log.debug("{} is not connected, as the client is closing", taken);
    }
  }

  private void lookUp(WorkerRoute route) {
    try {
      List<ResolvedRoute> dials = ResolvedRoute.all(route);
      onLoop(() -> connect(route, dials, 0));
    } catch (UnknownHostException e) {
      onLoop(() -> failed(route, "unknown host", e));
    } catch (FabricException e) {
      onLoop(() -> failed(route, e.getMessage(), e));
    }
  }

  /** Tries the addresses of a name one after the other, all within the time of one connect. */
  private void connect(WorkerRoute route, List<ResolvedRoute> dials, int index) {
    if (closed) {
      return;
    }
    try {
      dials
          .get(index)
          .connect(bootstrap(route, dials.size()), context.transport())
          .addListener(future -> connected(route, dials, index, (ChannelFuture) future));
    } catch (FabricException e) {
      failed(route, e.getMessage(), e);
    }
  }

  private Bootstrap bootstrap(WorkerRoute route, int addresses) {
    ClientSettings settings = context.settings();
    int timeout = Math.max(1, (int) settings.connectTimeout().toMillis() / addresses);
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(context.transport().socketChannel())
            .option(ChannelOption.ALLOCATOR, Transport.BUFFERS)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, timeout)
            .handler(
                new ChannelInitializer<SocketChannel>() {
                  @Override
                  protected void initChannel(SocketChannel channel) {
                    context.transport().keepAlive(channel);
                    current = connection(channel, route);
                    context.encrypt(channel);
                    if (!context.trust().usesTls()) {
                      // Else what comes is not what is meant for the pages yet.
                      channel.config().setRecvByteBufAllocator(new ReceiveBuffers(current));
                    }
                    channel.pipeline().addLast(new FrameDecoder(maxPayload), current);
                  }
                });
    context.transport().tcpUserTimeout(bootstrap, (int) settings.attemptTimeout().toMillis());
    return bootstrap;
  }

  private Connection connection(SocketChannel channel, WorkerRoute route) {
    long timeout = context.settings().attemptTimeout().toNanos();
    return new Connection(channel, route, timeout, listener.counters(route), this);
  }

  private void connected(
      WorkerRoute route, List<ResolvedRoute> dials, int index, ChannelFuture future) {
    if (!future.isSuccess() && index + 1 < dials.size()) {
      current = null;
      log.debug("{}: {}", route.name(), Causes.describe(future.cause()));
      connect(route, dials, index + 1);
    } else if (!future.isSuccess()) {
      current = null;
      failed(route, Causes.describe(future.cause()), future.cause());
    } else if (closed || current == null) {
      future.channel().close().addListener(ChannelFutureListener.FIRE_EXCEPTION_ON_FAILURE);
    } else {
      try {
        dials.get(index).verify(future.channel());
        Connection fresh = current;
        ClientHandshake.start(
            fresh,
            context.trust(),
            helloDeadline(),
            wanted(),
            hello -> helloReceived(fresh, hello));
      } catch (FabricException e) {
        current.close(
            new AttemptException(AttemptException.Kind.CONNECTION_LOST, e.getMessage(), e));
      }
    }
  }

  @Override
  public void connectionClosed(Connection connection, AttemptException cause, boolean idle) {
    boolean wasReady = ready == connection;
    State next = stateAfter(cause, idle);
    if (wasReady) {
      withdraw(connection == fallback ? State.DOWN : next);
    }
    BlockTransport brought = connection.blocks();
    rdmaFailed = !idle && brought.kind() == TransportKind.RDMA && brought.bytes() == 0;
    if (connection == fallback) {
      // The route over the device is tried all the while.
      fallback = null;
      problem = String.valueOf(cause.getMessage());
      state.set(State.DOWN);
      return;
    }
    if (current != connection) {
      // A connect that failed: its future reports it.
      return;
    }
    current = null;
    if (connection == leaving) {
      // Where it is wanted again already, that is about to dial.
      leaving = null;
      return;
    }
    if (wasReady && next == State.IDLE) {
      log.debug("{}: an idle connection was closed", connection.name());
      problem = "";
      return;
    }
    if (wasReady && next == State.OPENING) {
      // Only if it cannot be opened again it matters.
      log.debug("{}: the connection is opened again", connection.name(), cause);
      problem = "the connection was closed";
      reconnectAfter(idle ? CONNECT_BACKOFF.delayNanos(0) : 0);
      return;
    }
    String name = connection.name();
    String text = String.valueOf(cause.getMessage());
    String reason = text.startsWith(name) ? text.substring(name.length()) : text;
    failed(connection.route(), reason.replaceFirst("^:? ", ""), cause);
  }

  /** What becomes of the link when the connection that it offers is closed. */
  private State stateAfter(AttemptException cause, boolean idle) {
    if (closed || deviceLost || cause.kind() != AttemptException.Kind.CONNECTION_LOST) {
      return State.DOWN;
    }
    if (idle && idleNanos != ALWAYS) {
      return State.IDLE;
    }
    boolean sound = System.nanoTime() - readyNanos >= SOUND_NANOS;
    return idle || sound ? State.OPENING : State.DOWN;
  }

  /**
   * Offers its connection to nobody any more. In this order: who finds no connection, and wants
   * one, must not find the link UP, for then nobody would open it.
   */
  private void withdraw(State next) {
    state.set(next);
    ready = null;
  }

  private void failed(WorkerRoute route, String reason, Throwable cause) {
    if (closed) {
      return;
    }
    boolean first = failures == 0;
    String name = route.name();
    hasFailed = true;
    untrusted = cause instanceof AttemptException known && known.code() == ErrorCode.UNTRUSTED;
    turn++;
    reconnectAfter(CONNECT_BACKOFF.delayNanos(failures++));
    if (first) {
      log.warn("{}: {}; reconnecting until it answers", name, reason);
    } else {
      log.debug("{}: {}", name, reason);
    }
    if (fallback != null) {
      return;
    }
    problem = reason;
    state.set(State.DOWN);
    listener.failed(
        this,
        cause instanceof AttemptException attempt
            ? attempt
            : new AttemptException(
                AttemptException.Kind.CONNECTION_LOST, name + ": " + reason, cause));
  }

  private void reconnectAfter(long delayNanos) {
    reconnect = loop.schedule(this::dial, delayNanos, TimeUnit.NANOSECONDS);
  }

  private void helloReceived(Connection connection, HelloReply hello) {
    InetSocketAddress remote = (InetSocketAddress) connection.channel().remoteAddress();
    String refusal = listener.helloReceived(hello, remote);
    if (refusal != null) {
      connection.close(
          new AttemptException(
              AttemptException.Kind.CONNECTION_LOST, connection.name() + " " + refusal));
    } else if (connection == current && connection != ready) {
      chooseTransport(connection, hello);
    }
  }

  /** Ways to blocks that are to be asked for; none where it carries no content. */
  private ClientHandshake.Wanted wanted() {
    TransportSettings transport = context.settings().transport();
    boolean local = maxPayload > 0 && transport.prefersLocal() && context.local() != null;
    boolean rdma = maxPayload > 0 && transport.prefersRdma() && context.rdma() != null;
    return new ClientHandshake.Wanted(local ? Host.id() : "", rdma);
  }

  private void chooseTransport(Connection connection, HelloReply hello) {
    if (maxPayload == 0) {
      ready(connection);
    } else {
      connection.letRdmaWait(rdmaFailed);
      TransportChoice.start(
          connection, context, listener, maxPayload, hello, problem -> chosen(connection, problem));
    }
  }

  /**
   * Takes the connection where what brings its blocks is what the settings allow.
   *
   * @param problem why nothing better than TCP brings them, the rest of a sentence; empty where it
   *     does
   */
  private void chosen(Connection connection, String problem) {
    boolean known = !connection.transportProblem().isEmpty();
    connection.setTransportProblem(problem);
    TransportSettings transport = context.settings().transport();
    if (connection.blocks().kind() == TransportKind.TCP && !transport.allowsTcp()) {
      if (!context.settings().fabric().fallback()) {
        String named =
            transport.order().size() == 1
                ? "the transport %s, the only one in railfs.client.data.transport, cannot be used: %s"
                : "none of the transports %s in railfs.client.data.transport can be used: %s";
        connection.close(
            new AttemptException(
                AttemptException.Kind.CONNECTION_LOST,
                connection.name() + ": " + named.formatted(transport.text(), problem)));
        return;
      }
      if (!known) {
        listener.transportFellBack();
      }
    }
    // One that leaves is offered again when it is wanted, and not for what its transport has found.
    if (connection == current && connection != ready && connection != leaving) {
      ready(connection);
    }
  }

  private void ready(Connection connection) {
    readyNanos = System.nanoTime();
    offer(connection);
    if (isFallback(connection)) {
      fallback = connection;
      current = null;
      reconnectAfter(CONNECT_BACKOFF.delayNanos(failures));
      listener.fellBack();
    } else {
      if (failures > 0) {
        log.info("{}: connected", connection.name());
      }
      failures = 0;
      hasFailed = false;
      endFallback(connection);
    }
    listener.ready();
  }

  private void endFallback(Connection successor) {
    if (fallback != null) {
      Connection left = fallback;
      fallback = null;
      left.close(
          new AttemptException(
              AttemptException.Kind.CONNECTION_LOST,
              left.name() + ": replaced by " + successor.name()));
    }
  }

  private long helloDeadline() {
    return System.nanoTime() + context.settings().connectTimeout().toNanos();
  }
}
