// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.fabric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.epoll.Epoll;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class TransportTest {
  private Transport transport = Transport.create("fabric-test", 1);

  @AfterEach
  void close() {
    transport.close();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void channelsOfBothTransportsConnect(boolean epoll) {
    use(Transport.create("fabric-test", 1, epoll));
    assertThat(transport.isEpoll()).isEqualTo(epoll);
    Channel server = bind(server());
    assertThat(connect(client(), server).isSuccess()).isTrue();
  }

  /** What the kernel says of a socket: "timer:(keepalive,29sec,0)". */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aSilentPeerIsAskedWhetherItIsThereWithinTheMinute(boolean epoll) throws Exception {
    use(Transport.create("fabric-test", 1, epoll));
    Channel server = bind(server());
    ChannelFuture client = connect(client(), server);
    long start = System.nanoTime();
    transport.keepAlive(client.channel());
    int port = ((InetSocketAddress) client.channel().localAddress()).getPort();
    Process ss = new ProcessBuilder("ss", "-tno", "sport", "=", ":" + port).start();
    String shown = new String(ss.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int passed = (int) TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
    Matcher timer = Pattern.compile("timer:\\(keepalive,(\\d+)sec").matcher(shown);
    assertThat(timer.find()).as(shown).isTrue();
    // Half a minute, less what this took.
    assertThat(Integer.parseInt(timer.group(1))).isBetween(29 - passed, 30);
  }

  @Test
  void epollIsUsedWhereItIsAvailable() {
    assertThat(transport.isEpoll()).isEqualTo(Epoll.isAvailable());
  }

  @Test
  void threadsAreNamedDaemonsAndEndWithTheTransport() throws Exception {
    Thread loop = transport.group().submit(Thread::currentThread).get(30, TimeUnit.SECONDS);
    assertThat(loop.getName()).startsWith("fabric-test-");
    assertThat(loop.isDaemon()).isTrue();
    transport.close();
    loop.join(30_000);
    assertThat(loop.isAlive()).isFalse();
  }

  @Test
  void boundChannelsOfBothSidesConnectOnTheDevice() throws Exception {
    ServerBootstrap server = server();
    Transport.bindToDevice(server, "lo");
    Channel listener = bind(server);
    Bootstrap client = client();
    Transport.bindToDevice(client, "lo");
    assertThat(connect(client, listener).isSuccess()).isTrue();
  }

  @Test
  void deviceOfASocketIsWhatTheKernelSays() throws Exception {
    Channel listener = bind(server());
    assertThat(Transport.boundDevice(connect(client(), listener).channel())).isEmpty();
    Bootstrap client = client();
    Transport.bindToDevice(client, "lo");
    assertThat(Transport.boundDevice(connect(client, listener).channel())).isEqualTo("lo");
  }

  @Test
  void connectFailsWhereTheDeviceDoesNotExist() throws Exception {
    Channel listener = bind(server());
    Bootstrap client = client();
    Transport.bindToDevice(client, "norail0");
    ChannelFuture connected = connect(client, listener);
    assertThat(connected.isSuccess()).isFalse();
    assertThat(connected.cause()).hasStackTraceContaining("No such device");
  }

  @Test
  void secondChannelOfABoundBootstrapFailsInsteadOfRunningUnbound() throws Exception {
    Channel listener = bind(server());
    Bootstrap client = client();
    Transport.bindToDevice(client, "lo");
    assertThat(connect(client, listener).isSuccess()).isTrue();
    assertThat(connect(client, listener).isSuccess()).isFalse();
  }

  @Test
  void bindingOnNioIsRefusedWithTheReason() {
    use(Transport.create("fabric-test", 1, false));
    assertThatThrownBy(() -> Transport.bindToDevice(client(), "lo"))
        .isInstanceOf(FabricException.class)
        .hasMessageContaining("cannot bind to device 'lo': that needs the epoll transport");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "sixteen-letters!"})
  void nameThatNoDeviceCanHaveIsRefused(String name) {
    assertThatThrownBy(() -> Transport.bindToDevice(client(), name))
        .isInstanceOf(FabricException.class)
        .hasMessageContaining("is no device name");
  }

  private void use(Transport other) {
    transport.close();
    transport = other;
  }

  private ServerBootstrap server() {
    return new ServerBootstrap()
        .group(transport.group())
        .channel(transport.serverChannel())
        .childHandler(new ChannelInboundHandlerAdapter());
  }

  private Bootstrap client() {
    return new Bootstrap()
        .group(transport.group())
        .channel(transport.socketChannel())
        .handler(new ChannelInboundHandlerAdapter());
  }

  private static Channel bind(ServerBootstrap bootstrap) {
    return bootstrap
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .awaitUninterruptibly()
        .channel();
  }

  private static ChannelFuture connect(Bootstrap bootstrap, Channel server) {
    return bootstrap.connect(server.localAddress()).awaitUninterruptibly();
  }
}
