// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.google.protobuf.ByteString;
import com.google.protobuf.MessageLite;
import com.typesafe.config.ConfigException;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.util.NetUtil;
import io.railfs.fabric.trust.Dialled;
import io.railfs.fabric.trust.Secret;
import io.railfs.fabric.trust.Side;
import io.railfs.fabric.trust.Trust;
import io.railfs.fabric.trust.TrustSettings;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.Frame;
import io.railfs.protocol.FrameHeader;
import io.railfs.protocol.Opcode;
import io.railfs.protocol.messages.BlockSet;
import io.railfs.protocol.messages.CheckRequest;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.protocol.messages.ErrorReply;
import io.railfs.protocol.messages.FreeRequest;
import io.railfs.protocol.messages.HelloReply;
import io.railfs.protocol.messages.HelloRequest;
import io.railfs.protocol.messages.ListReply;
import io.railfs.protocol.messages.ListRequest;
import io.railfs.protocol.messages.LoadRequest;
import io.railfs.protocol.messages.PinRequest;
import io.railfs.protocol.messages.ProveReply;
import io.railfs.protocol.messages.ProveRequest;
import io.railfs.protocol.messages.StatRequest;
import io.railfs.protocol.messages.StatusReply;
import io.railfs.protocol.messages.StatusRequest;
import io.railfs.protocol.messages.UnpinRequest;
import io.railfs.protocol.messages.XattrReply;
import io.railfs.protocol.messages.XattrRequest;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Secrets and what they open, over real sockets, as a client sees it that keeps to no rule. */
final class TrustedWorkerTest {
  private static final String MAIN = "the-secret-of-all-tests";
  private static final String LIMITED = "the-secret-for-a-part-of-it";

  @TempDir Path directory;
  private Path secretFile;
  private Path limitedFile;
  private Path ufs;
  private Worker worker;

  @BeforeEach
  void start() throws Exception {
    ufs = Files.createDirectory(directory.resolve("ufs"));
    for (String name : List.of("a/b/in", "a/b2", "a/c", "top")) {
      Path file = ufs.resolve(name);
      Files.createDirectories(file.getParent());
      Files.writeString(file, "content of " + name);
    }
    secretFile = secret("main", MAIN);
    limitedFile = secret("limited", LIMITED);
    worker = Worker.start(settings(""));
  }

  private WorkerSettings settings(String more) {
    return TestSettings.with(
        ufs,
        directory.resolve("store"),
        """
        railfs.security { secret-file = "%s", reload-interval = 20ms }
        railfs.worker.security.secrets { "%s" = ["/a/b"] }
        railfs.worker.limits.handshake-timeout = 2s
        %s
        """
            .formatted(secretFile, limitedFile, more));
  }

  @AfterEach
  void stop() {
    worker.close();
  }

  private Path secret(String name, String text) throws IOException {
    Path file = directory.resolve(name);
    Files.writeString(file, text + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  private static Secret read(Path file) throws Exception {
    TrustSettings settings =
        new TrustSettings(Optional.of(file), Optional.empty(), Duration.ofHours(1));
    try (Trust trust = Trust.open(settings, Side.CLIENT)) {
      return trust.secret().orElseThrow();
    }
  }

  private static HelloRequest hello(Secret secret, byte[] nonce) {
    return HelloRequest.newBuilder()
        .setSecretId(ByteString.copyFrom(secret.id()))
        .setNonce(ByteString.copyFrom(nonce))
        .build();
  }

  private static byte[] challenge(TestClient client, Secret secret, byte[] nonce) throws Exception {
    HelloReply reply = client.call(Opcode.HELLO, hello(secret, nonce)).parse(HelloReply.parser());
    assertThat(reply.getWorkerId()).as("reported to a stranger").isEmpty();
    assertThat(reply.getDataEndpointsList()).isEmpty();
    return reply.getNonce().toByteArray();
  }

  private static ProveRequest proof(
      Secret secret, byte[] nonce, byte[] workerNonce, SocketAddress remote) {
    byte[] dialled = Dialled.bytes(remote);
    byte[] proof =
        secret.proof(Secret.Role.CLIENT, FrameHeader.VERSION, nonce, workerNonce, dialled);
    return ProveRequest.newBuilder()
        .setProof(ByteString.copyFrom(proof))
        .setDialled(ByteString.copyFrom(dialled))
        .build();
  }

  /** A connection that was let in. */
  private static TestClient connect(int port, Path file) throws Exception {
    Secret secret = read(file);
    TestClient client = TestClient.raw(port);
    byte[] nonce = Secret.nonce();
    byte[] workerNonce = challenge(client, secret, nonce);
    ProveReply reply =
        client
            .call(Opcode.PROVE, proof(secret, nonce, workerNonce, client.remote()))
            .parse(ProveReply.parser());
    assertThat(
            secret.accepts(
                reply.getProof().toByteArray(),
                Secret.Role.WORKER,
                FrameHeader.VERSION,
                nonce,
                workerNonce,
                Dialled.bytes(client.remote()),
                reply.getGreeting().toByteArray()))
        .as("the worker's own proof")
        .isTrue();
    assertThat(HelloReply.parseFrom(reply.getGreeting()).getWorkerId()).isNotEmpty();
    return client;
  }

  private static void assertRefused(TestClient client, TestClient.Reply reply, ErrorCode code)
      throws Exception {
    assertThat(reply.error().getCode()).isEqualTo(code);
    assertThatThrownBy(client::receive).as("the connection").isInstanceOf(IOException.class);
  }

  private void assertRefused(MessageLite first, Opcode opcode, ErrorCode code) throws Exception {
    for (int port : List.of(worker.rpcPort(), worker.dataPort())) {
      try (TestClient client = TestClient.raw(port)) {
        assertRefused(client, client.call(opcode, first), code);
      }
    }
  }

  @Test
  void whoKnowsTheSecretIsServedByBothServices() throws Exception {
    try (TestClient rpc = connect(worker.rpcPort(), secretFile);
        TestClient data = connect(worker.dataPort(), secretFile)) {
      Attributes top = rpc.stat("/top");
      TestClient.Reply read = data.read("/top", top.version(), 0, (int) top.size());
      assertThat(new String(read.payload(), UTF_8)).isEqualTo("content of top");
      assertThat(rpc.hello().getWorkerId()).as("a later greeting").isEqualTo(worker.id());
    }
  }

  @Test
  void withoutASecretOrWithAnotherOneNothingIsServed() throws Exception {
    assertRefused(HelloRequest.getDefaultInstance(), Opcode.HELLO, ErrorCode.UNTRUSTED);
    Secret other = read(secret("other", "a-secret-that-nobody-knows"));
    assertRefused(hello(other, Secret.nonce()), Opcode.HELLO, ErrorCode.UNTRUSTED);
    assertRefused(stat("/top"), Opcode.STAT, ErrorCode.INVALID_REQUEST);
    assertRefused(
        HelloRequest.newBuilder().setClient("x".repeat(5_000)).build(),
        Opcode.HELLO,
        ErrorCode.INVALID_REQUEST);
    assertRefused(hello(read(secretFile), new byte[31]), Opcode.HELLO, ErrorCode.INVALID_REQUEST);
    assertThat(worker.errors()).containsEntry(ErrorCode.UNTRUSTED, 4L);
  }

  @Test
  void whoOnlyNamesTheSecretIsNotServed() throws Exception {
    Secret secret = read(secretFile);
    for (ByteString wrong :
        List.of(
            ByteString.EMPTY,
            ByteString.copyFrom(new byte[32]),
            ByteString.copyFrom(MAIN, UTF_8))) {
      try (TestClient client = TestClient.raw(worker.dataPort())) {
        byte[] unused = challenge(client, secret, Secret.nonce());
        ProveRequest request = ProveRequest.newBuilder().setProof(wrong).build();
        assertRefused(client, client.call(Opcode.PROVE, request), ErrorCode.UNTRUSTED);
      }
    }
    try (TestClient client = TestClient.raw(worker.rpcPort())) {
      byte[] unused = challenge(client, secret, Secret.nonce());
      assertRefused(client, client.call(Opcode.STAT, stat("/top")), ErrorCode.INVALID_REQUEST);
    }
  }

  @Test
  void aProofCountsByEachOfItsBytes() throws Exception {
    Secret secret = read(secretFile);
    for (int damage = 0; damage < 4; damage++) {
      try (TestClient client = TestClient.raw(worker.dataPort())) {
        byte[] nonce = Secret.nonce();
        byte[] workerNonce = challenge(client, secret, nonce);
        ProveRequest right = proof(secret, nonce, workerNonce, client.remote());
        byte[] bytes = right.getProof().toByteArray();
        switch (damage) {
          case 0 -> bytes[31] ^= 1;
          case 1 -> bytes = Arrays.copyOf(bytes, 31);
          case 2 -> bytes = Arrays.copyOf(bytes, 8);
          default -> bytes = Arrays.copyOf(bytes, 33);
        }
        ProveRequest wrong = right.toBuilder().setProof(ByteString.copyFrom(bytes)).build();
        assertRefused(client, client.call(Opcode.PROVE, wrong), ErrorCode.UNTRUSTED);
      }
    }
  }

  @Test
  void aProofThatSomebodyPassesOnIsNotTaken() throws Exception {
    InetSocketAddress relay = at("127.0.0.2", worker.dataPort());
    assertThat(proveAsIfConnectedTo(relay).error())
        .returns(ErrorCode.UNTRUSTED, ErrorReply::getCode)
        .extracting(ErrorReply::getMessage)
        .asString()
        .contains("has connected to 127.0.0.2:" + worker.dataPort(), "further-addresses");
    InetSocketAddress otherPort = at("127.0.0.1", worker.rpcPort());
    assertThat(proveAsIfConnectedTo(otherPort).error().getCode()).isEqualTo(ErrorCode.UNTRUSTED);
    UnixDomainSocketAddress unsaid = UnixDomainSocketAddress.of("/s");
    assertThat(proveAsIfConnectedTo(unsaid).error())
        .returns(ErrorCode.UNTRUSTED, ErrorReply::getCode)
        .extracting(ErrorReply::getMessage)
        .asString()
        .contains("of an older release; upgrade it");
  }

  @Test
  void anAddressThatIsTranslatedOnTheWayIsTakenWhereTheSettingsNameIt() throws Exception {
    worker.close();
    worker =
        Worker.start(
            settings(
                "railfs.worker.security.further-addresses = [\"10.9.8.7\", \"[fd00::1]:29999\"]"));
    for (InetSocketAddress named : List.of(at("10.9.8.7", 1), at("fd00::1", 29999))) {
      assertThat(proveAsIfConnectedTo(named).parse(ProveReply.parser()).getGreeting()).isNotEmpty();
    }
    InetSocketAddress otherPort = at("fd00::1", 29998);
    assertThat(proveAsIfConnectedTo(otherPort).error().getCode()).isEqualTo(ErrorCode.UNTRUSTED);
  }

  private static InetSocketAddress at(String ip, int port) {
    return new InetSocketAddress(NetUtil.createInetAddressFromIpAddressString(ip), port);
  }

  private TestClient.Reply proveAsIfConnectedTo(SocketAddress remote) throws Exception {
    Secret secret = read(secretFile);
    try (TestClient client = TestClient.raw(worker.dataPort())) {
      byte[] nonce = Secret.nonce();
      byte[] workerNonce = challenge(client, secret, nonce);
      return client.call(Opcode.PROVE, proof(secret, nonce, workerNonce, remote));
    }
  }

  @Test
  void theAddressInAProofCannotBeChangedOnTheWay() throws Exception {
    Secret secret = read(secretFile);
    try (TestClient client = TestClient.raw(worker.dataPort())) {
      byte[] nonce = Secret.nonce();
      byte[] workerNonce = challenge(client, secret, nonce);
      InetSocketAddress relay = at("127.0.0.2", worker.dataPort());
      ProveRequest changed =
          proof(secret, nonce, workerNonce, relay).toBuilder()
              .setDialled(ByteString.copyFrom(Dialled.bytes(client.remote())))
              .build();
      assertRefused(client, client.call(Opcode.PROVE, changed), ErrorCode.UNTRUSTED);
    }
  }

  @Test
  void theWorkersOwnProofSentBackIsNoProof() throws Exception {
    Secret secret = read(secretFile);
    try (TestClient client = TestClient.raw(worker.rpcPort())) {
      byte[] nonce = Secret.nonce();
      byte[] workerNonce = challenge(client, secret, nonce);
      byte[] mirrored = secret.proof(Secret.Role.WORKER, FrameHeader.VERSION, nonce, workerNonce);
      ProveRequest request =
          ProveRequest.newBuilder().setProof(ByteString.copyFrom(mirrored)).build();
      assertRefused(client, client.call(Opcode.PROVE, request), ErrorCode.UNTRUSTED);
    }
  }

  @Test
  void theBytesOfAConnectionThatWasLetInAreWorthNothingOnAnother() throws Exception {
    Secret secret = read(secretFile);
    byte[] nonce = Secret.nonce();
    byte[] first = bytes(Opcode.HELLO, 1, hello(secret, nonce));
    byte[] second;
    try (TestClient client = TestClient.raw(worker.dataPort())) {
      client.send(first);
      byte[] workerNonce = client.receive().parse(HelloReply.parser()).getNonce().toByteArray();
      second = bytes(Opcode.PROVE, 2, proof(secret, nonce, workerNonce, client.remote()));
      client.send(second);
      assertThat(client.receive().parse(ProveReply.parser()).getGreeting()).isNotEmpty();
    }
    try (TestClient replayed = TestClient.raw(worker.dataPort())) {
      replayed.send(first);
      assertThat(replayed.receive().frame().header().isError()).isFalse();
      replayed.send(second);
      assertRefused(replayed, replayed.receive(), ErrorCode.UNTRUSTED);
    }
  }

  private static byte[] bytes(Opcode opcode, long id, MessageLite body) {
    ByteBuf frame = Frame.request(UnpooledByteBufAllocator.DEFAULT, opcode, id, body);
    try {
      return ByteBufUtil.getBytes(frame);
    } finally {
      frame.release();
    }
  }

  @Test
  void whoStopsBetweenHelloAndProofIsClosed() throws Exception {
    try (TestClient client = TestClient.raw(worker.rpcPort())) {
      byte[] unused = challenge(client, read(secretFile), Secret.nonce());
      assertThatThrownBy(client::receive).isInstanceOf(IOException.class);
    }
  }

  private static StatRequest stat(String path) {
    return StatRequest.newBuilder().setPath(ByteString.copyFromUtf8(path)).build();
  }

  private static List<String> list(TestClient rpc, String path) throws Exception {
    ListRequest request = ListRequest.newBuilder().setPath(ByteString.copyFromUtf8(path)).build();
    return rpc.call(Opcode.LIST, request).parse(ListReply.parser()).getEntriesList().stream()
        .map(entry -> entry.getName().toStringUtf8())
        .sorted()
        .toList();
  }

  @Test
  void aLimitedSecretShowsItsPathsAndTheWayToThem() throws Exception {
    try (TestClient rpc = connect(worker.rpcPort(), limitedFile);
        TestClient data = connect(worker.dataPort(), limitedFile)) {
      assertThat(list(rpc, "/")).containsExactly("a");
      assertThat(list(rpc, "/a")).containsExactly("b");
      assertThat(list(rpc, "/a/b")).containsExactly("in");
      Attributes in = rpc.stat("/a/b/in");
      TestClient.Reply read = data.read("/a/b/in", in.version(), 0, (int) in.size());
      assertThat(new String(read.payload(), UTF_8)).isEqualTo("content of a/b/in");
      for (String path : List.of("/top", "/a/b2", "/a/c", "/a/bb", "/absent")) {
        assertThat(rpc.call(Opcode.STAT, stat(path)).error().getCode())
            .as(path)
            .isEqualTo(ErrorCode.NOT_FOUND);
      }
      for (String path : List.of("/a/b/../c", "/a/./c", "//top", "a/b/in", "/a/b/")) {
        assertThat(rpc.call(Opcode.STAT, stat(path)).error().getCode())
            .as(path)
            .isEqualTo(ErrorCode.INVALID_REQUEST);
      }
      assertThat(rpc.hello().getPathsList()).containsExactly(ByteString.copyFromUtf8("/a/b"));
      StatusReply status =
          rpc.call(Opcode.STATUS, StatusRequest.getDefaultInstance()).parse(StatusReply.parser());
      assertThat(status.getUfs()).isEmpty();
      assertThat(status.getDirectoriesList()).isEmpty();
    }
  }

  @Test
  void noRequestReachesBeyondALimitedSecret() throws Exception {
    Attributes outside;
    try (TestClient rpc = connect(worker.rpcPort(), secretFile);
        TestClient data = connect(worker.dataPort(), secretFile)) {
      outside = rpc.stat("/a/b2");
      // In the store, where nothing but the check stands before it.
      assertThat(data.read("/a/b2", outside.version(), 0, (int) outside.size()).payload())
          .isNotEmpty();
    }
    BlockSet blocks =
        BlockSet.newBuilder()
            .setPath(ByteString.copyFromUtf8("/a/b2"))
            .setVersion(outside.version().toMessage())
            .addBlocks(0)
            .build();
    ByteString path = blocks.getPath();
    Map<Opcode, MessageLite> requests =
        Map.of(
            Opcode.XATTR, XattrRequest.newBuilder().setPath(path).build(),
            Opcode.LIST, ListRequest.newBuilder().setPath(path).build(),
            Opcode.LOAD, LoadRequest.newBuilder().setBlocks(blocks).build(),
            Opcode.FREE, FreeRequest.newBuilder().setBlocks(blocks).build(),
            Opcode.CHECK, CheckRequest.newBuilder().setBlocks(blocks).build(),
            Opcode.PIN, PinRequest.newBuilder().setBlocks(blocks).build(),
            Opcode.UNPIN, UnpinRequest.newBuilder().setBlocks(blocks).build());
    try (TestClient rpc = connect(worker.rpcPort(), limitedFile);
        TestClient data = connect(worker.dataPort(), limitedFile)) {
      for (Map.Entry<Opcode, MessageLite> request : requests.entrySet()) {
        assertThat(rpc.call(request.getKey(), request.getValue()).error().getCode())
            .as(request.getKey().name())
            .isEqualTo(ErrorCode.NOT_FOUND);
      }
      MessageLite all = UnpinRequest.newBuilder().setAll(true).build();
      assertThat(rpc.call(Opcode.UNPIN, all).error().getCode()).isEqualTo(ErrorCode.ACCESS_DENIED);
      XattrRequest way = XattrRequest.newBuilder().setPath(ByteString.copyFromUtf8("/a")).build();
      assertThat(rpc.call(Opcode.XATTR, way).parse(XattrReply.parser()).getAttributesList())
          .isEmpty();
      int length = (int) outside.size();
      // Twice: the second one names the file of the request before it.
      for (boolean suspect : new boolean[] {false, false, true}) {
        assertThat(
                data.call(
                        Opcode.READ,
                        TestClient.readRequest("/a/b2", outside.version(), 0, length, suspect))
                    .error()
                    .getCode())
            .isEqualTo(ErrorCode.NOT_FOUND);
      }
    }
  }

  @Test
  void secretsAreRotatedWithoutARestartAndTheWithdrawnOneIsClosed() throws Exception {
    Path old = secret("old", MAIN);
    String next = "the-secret-that-comes-next";
    try (TestClient before = connect(worker.rpcPort(), old)) {
      Files.writeString(secretFile, next + "\n" + MAIN + "\n");
      Path fresh = secret("fresh", next);
      await().atMost(Duration.ofSeconds(20)).until(() -> letsIn(fresh) && letsIn(old));
      Files.writeString(secretFile, "broken\n");
      await().atMost(Duration.ofSeconds(20)).until(() -> worker.trustFailures() > 0);
      assertThat(letsIn(fresh) && letsIn(old)).as("what was read before the broken file").isTrue();
      assertThat(before.stat("/top").size()).isPositive();
      Files.writeString(secretFile, next + "\n");
      await().atMost(Duration.ofSeconds(20)).until(() -> letsIn(fresh) && !letsIn(old));
      assertThatThrownBy(before::receive).isInstanceOf(IOException.class);
    }
  }

  @Test
  void aSecretThatIsWrittenIntoASecondFileIsNotTakenThereUntilItLeavesTheFirst() throws Exception {
    String between = "a-secret-that-moves-on";
    Path mover = secret("mover", between);
    Files.writeString(limitedFile, MAIN + "\n");
    await().atMost(Duration.ofSeconds(20)).until(() -> worker.trustFailures() > 0);
    try (TestClient all = connect(worker.rpcPort(), secretFile)) {
      assertThat(all.stat("/top").size()).as("what the first file opens").isPositive();
    }
    Files.writeString(secretFile, between + "\n");
    await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> letsIn(mover) && letsIn(secret("was", MAIN)));
    try (TestClient limited = connect(worker.rpcPort(), secret("was", MAIN))) {
      assertThat(list(limited, "/")).containsExactly("a");
    }
  }

  private boolean letsIn(Path file) throws Exception {
    Secret secret = read(file);
    try (TestClient client = TestClient.raw(worker.rpcPort())) {
      return !client.call(Opcode.HELLO, hello(secret, Secret.nonce())).frame().header().isError();
    }
  }

  @Test
  void settingsThatDoNotFitAreRefusedInOneSentence() throws Exception {
    assertThatThrownBy(() -> settings("railfs.security.secret-file = \"\""))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("needs railfs.security.secret-file too");
    assertThatThrownBy(() -> settings("railfs.worker.security.certificates { x = [\"/a\"] }"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("railfs.security.tls.ca");
    assertThatThrownBy(() -> settings("railfs.worker.security.further-addresses = [node1]"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("'node1' is not an IP address");
    assertThatThrownBy(() -> settings("railfs.worker.security.secrets { \"/s\" = [\"/a/../b\"] }"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("..");
    assertThatThrownBy(() -> settings("railfs.worker.security.secrets { \"/s\" = [] }"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContainingAll("railfs.worker.security.secrets", "names no path");
    Path same = secret("same", LIMITED);
    assertThatThrownBy(
            () ->
                Worker.start(
                    settings(
                        "railfs.worker.security.secrets { \"%s\" = [\"/\"] }".formatted(same))))
        .isInstanceOf(WorkerStartException.class)
        .hasMessageContainingAll("hold the same secret", same.toString(), limitedFile.toString());
    List<Path> open = new ArrayList<>();
    open.add(secret("open", MAIN));
    Files.setPosixFilePermissions(open.get(0), PosixFilePermissions.fromString("rw-r-----"));
    assertThatThrownBy(
            () -> Worker.start(settings("railfs.security.secret-file = \"" + open.get(0) + "\"")))
        .isInstanceOf(WorkerStartException.class)
        .hasMessageContaining("chmod 600");
  }
}
