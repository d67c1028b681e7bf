// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.Endpoint;
import io.railfs.client.connect.ClusterClient;
import io.railfs.client.probe.StatusProbe;
import io.railfs.fabric.trust.Side;
import io.railfs.fabric.trust.Trust;
import io.railfs.fabric.trust.TrustSettings;
import io.railfs.protocol.RailPath;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerSettings;
import io.railfs.worker.WorkerStartException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who gets through TLS to a worker and who does not, over real sockets. */
final class TlsTest {
  @TempDir Path directory;
  private Pki pki;
  private Pki.Identity own;
  private Pki.Identity client;
  private Worker worker;

  @BeforeEach
  void start() throws Exception {
    Path inside = Files.createDirectories(directory.resolve("ufs/a/b"));
    Files.writeString(inside.resolve("in"), "inside");
    Files.writeString(directory.resolve("ufs/out"), "outside");
    pki = new Pki(directory, "ca");
    own = pki.issue("worker");
    client = pki.issue("trainer");
    worker = Worker.start(worker(own, pki, ""));
  }

  @AfterEach
  void stop() {
    worker.close();
  }

  private static String tls(Pki.Identity identity, Pki trusted) {
    return """
    railfs.security { reload-interval = 20ms, tls { enabled = true, ca = "%s" } }
    """
            .formatted(trusted.ca())
        + (identity == null
            ? ""
            : "railfs.security.tls { certificate = \"%s\", key = \"%s\" }%n"
                .formatted(identity.certificate(), identity.key()));
  }

  private WorkerSettings worker(Pki.Identity identity, Pki trusted, String more) {
    Config config =
        ConfigFactory.parseString(
            """
            railfs.worker {
              ufs = "file://%s/ufs"
              rpc.bind { port = 0, host = "127.0.0.1" }
              data.bind { port = 0, host = "127.0.0.1" }
              web.enabled = false
              rest.enabled = false
              drain-timeout = 0s
              store { directories = ["%s/store"], capacity = 64MiB }
            }
            """
                .formatted(directory, directory));
    return WorkerSettings.of(
        ConfigFactory.parseString(tls(identity, trusted) + more)
            .withFallback(config)
            .withFallback(ConfigFactory.defaultReference())
            .resolve());
  }

  private Cluster connect(String security) throws ClusterException {
    return ClusterClient.connect(
        ClientSettings.of(
            ConfigFactory.parseString(security + "\nrailfs.client.connect-timeout = 20s")
                .withFallback(
                    ConfigFactory.parseString(
                        "railfs.workers = [\"127.0.0.1:" + worker.rpcPort() + "\"]"))
                .withFallback(ConfigFactory.defaultReference())
                .resolve()));
  }

  private long size(String security, String path) throws Exception {
    try (Cluster cluster = connect(security)) {
      return size(cluster, path);
    }
  }

  private static long size(Cluster cluster, String path) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    return cluster.metadata().stat(RailPath.of(path), deadline).size();
  }

  private void assertRefused(String security, String... parts) {
    assertThatThrownBy(() -> connect(security).close())
        .isInstanceOf(ClusterException.class)
        .hasMessageContainingAll(parts);
  }

  @Test
  void aCertificateOfTheCaGetsInAndOthersDoNot() throws Exception {
    assertThat(size(tls(client, pki), "/out")).isEqualTo(7);
    assertRefused("", "TLS only", "railfs.security.tls.enabled");
    assertRefused(tls(null, pki), "TLS failed", "docs/SECURITY.md");
    Pki other = new Pki(directory, "other");
    assertRefused(tls(other.issue("trainer"), pki), "TLS failed");
    assertRefused(tls(client, other), "TLS failed", "certification path");
    assertRefused(tls(pki.issue("old", "IP:127.0.0.1", -1), pki), "is valid from", "renew it");
  }

  @Test
  void aWorkerOfAnotherNameOrWithoutTlsIsNotTrusted() throws Exception {
    worker.close();
    worker = Worker.start(worker(pki.issue("elsewhere", "IP:127.0.0.2", 30), pki, ""));
    assertRefused(tls(client, pki), "TLS failed", "127.0.0.1");
    worker.close();
    worker = Worker.start(worker(own, pki, "railfs.security.tls.enabled = false"));
    assertRefused(tls(client, pki), "does not speak TLS");
  }

  /** {@code railfs status} asks on a socket of its own kind, which has to look at the name too. */
  @Test
  void statusDoesNotTrustAWorkerOfAnotherNameEither() throws Exception {
    Endpoint endpoint = new Endpoint("127.0.0.1", worker.rpcPort());
    TrustSettings settings =
        TrustSettings.of(
            ConfigFactory.parseString(tls(client, pki))
                .withFallback(ConfigFactory.defaultReference())
                .resolve());
    try (Trust trust = Trust.open(settings, Side.CLIENT)) {
      assertThat(StatusProbe.status(endpoint, trust, Duration.ofSeconds(20)).getWorkerId())
          .isEqualTo(worker.id());
      worker.close();
      worker = Worker.start(worker(pki.issue("elsewhere", "IP:127.0.0.9", 30), pki, ""));
      Endpoint other = new Endpoint("127.0.0.1", worker.rpcPort());
      assertThatThrownBy(() -> StatusProbe.status(other, trust, Duration.ofSeconds(20)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("127.0.0.1");
    }
  }

  @Test
  void whatASecretAndACertificateAllowTogetherMayNotBeNothing() throws Exception {
    Path all = secret("all", "the-secret-for-everything");
    Path part = secret("part", "the-secret-for-a-part-of-it");
    worker.close();
    worker =
        Worker.start(
            worker(
                own,
                pki,
                """
                railfs.security.secret-file = "%s"
                railfs.worker.security.secrets { "%s" = ["/a"] }
                railfs.worker.security.certificates { trainer = ["/out"] }
                """
                    .formatted(all, part)));
    String both = tls(client, pki) + "railfs.security.secret-file = \"%s\"%n";
    assertRefused(both.formatted(part), "have no path in common");
    assertThat(size(both.formatted(all), "/out")).isPositive();
  }

  private Path secret(String name, String text) throws IOException {
    Path file = Files.writeString(directory.resolve(name + ".secret"), text + "\n");
    return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
  }

  @Test
  void anExpiredCertificateIsRefusedByTheWorkerToo() throws Exception {
    Pki.Identity expired = pki.issue("old", "IP:127.0.0.1", -1);
    assertThat(greets(client)).isTrue();
    assertThat(greets(expired)).isFalse();
  }

  /** Whether a client that looks at no date itself is answered. */
  private boolean greets(Pki.Identity identity) throws Exception {
    CertificateFactory certificates = CertificateFactory.getInstance("X.509");
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(null, null);
    try (InputStream in = Files.newInputStream(identity.certificate());
        InputStream ca = Files.newInputStream(pki.ca())) {
      Certificate[] chain = {certificates.generateCertificate(in)};
      store.setKeyEntry("own", key(identity.key()), new char[0], chain);
      store.setCertificateEntry("ca", certificates.generateCertificate(ca));
    }
    KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
    keys.init(store, new char[0]);
    TrustManagerFactory trusted = TrustManagerFactory.getInstance("PKIX");
    trusted.init(store);
    SSLContext context = SSLContext.getInstance("TLSv1.3");
    context.init(keys.getKeyManagers(), trusted.getTrustManagers(), null);
    try (Socket plain = new Socket(InetAddress.getLoopbackAddress(), worker.rpcPort());
        SSLSocket socket =
            (SSLSocket)
                context
                    .getSocketFactory()
                    .createSocket(plain, "127.0.0.1", plain.getPort(), true)) {
      socket.setSoTimeout(20_000);
      socket.startHandshake();
      // An empty HELLO.
      byte[] hello = new byte[28];
      ByteBuffer.wrap(hello).putInt(0x5241494C).put((byte) 1).put((byte) 0).putShort((short) 1);
      CRC32C crc = new CRC32C();
      crc.update(hello, 0, 24);
      ByteBuffer.wrap(hello).putInt(24, (int) crc.getValue());
      socket.getOutputStream().write(hello);
      return socket.getInputStream().read() == 'R';
    } catch (SSLException e) {
      return false;
    }
  }

  private static PrivateKey key(Path file) throws Exception {
    String text = Files.readString(file).replaceAll("-----[A-Z ]+-----", "");
    byte[] bytes = Base64.getMimeDecoder().decode(text);
    return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(bytes));
  }

  @Test
  void theNameOfACertificateDecidesWhatIsRead() throws Exception {
    worker.close();
    worker =
        Worker.start(
            worker(own, pki, "railfs.worker.security.certificates { trainer = [\"/a/b\"] }"));
    assertThat(size(tls(client, pki), "/a/b/in")).isEqualTo(6);
    assertThatThrownBy(() -> size(tls(client, pki), "/out")).hasMessageContaining("NOT_FOUND");
    assertRefused(
        tls(pki.issue("stranger"), pki), "'stranger'", "railfs.worker.security.certificates");
    assertThat(size(tls(own, pki), "/out")).as("by the worker's own certificate").isEqualTo(7);
  }

  @Test
  void filesOfTlsThatChangeHoldForNewConnections() throws Exception {
    Pki next = new Pki(directory, "next");
    Pki.Identity nextClient = next.issue("trainer");
    try (Cluster before = connect(tls(client, pki))) {
      Pki.Identity fresh = next.issue("worker");
      Files.copy(next.ca(), pki.ca(), StandardCopyOption.REPLACE_EXISTING);
      Files.copy(fresh.certificate(), own.certificate(), StandardCopyOption.REPLACE_EXISTING);
      // Until its key is there too, the worker goes on with what it has.
      Files.copy(fresh.key(), own.key(), StandardCopyOption.REPLACE_EXISTING);
      await()
          .atMost(Duration.ofSeconds(30))
          .ignoreExceptions()
          .until(() -> size(tls(nextClient, next), "/out") == 7);
      assertThat(size(before, "/out")).as("over the old connection").isEqualTo(7);
    }
  }

  @Test
  void filesThatCannotBeUsedStopTheStartInOneSentence() throws IOException {
    Pki.Identity other = pki.issue("other");
    for (List<Object> wrong :
        List.<List<Object>>of(
            List.of(new Pki.Identity(own.certificate(), other.key()), "is not for the key"),
            List.of(new Pki.Identity(own.certificate(), own.certificate()), "chmod 600"),
            List.of(new Pki.Identity(directory.resolve("none"), own.key()), "cannot be read"),
            List.of(new Pki.Identity(own.key(), own.key()), "certificate"))) {
      Files.setPosixFilePermissions(
          own.certificate(), PosixFilePermissions.fromString("rw-r--r--"));
      assertThatThrownBy(() -> Worker.start(worker((Pki.Identity) wrong.get(0), pki, "")).close())
          .isInstanceOf(WorkerStartException.class)
          .hasMessageContaining((String) wrong.get(1));
    }
  }
}
