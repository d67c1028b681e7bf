// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static io.railfs.worker.ufs.UfsContract.path;
import static io.railfs.worker.ufs.UfsContract.random;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whom a store's connections believe, and where they leave this machine. */
final class S3ConnectionTest {
  private static final char[] PASSWORD = "changeit".toCharArray();

  private static StoreLocation location(String endpoint, Map<String, String> more) {
    Map<String, String> options = new HashMap<>(more);
    options.put("endpoint", endpoint);
    options.put("region", "us-east-1");
    options.put("access_key_id", "railfs");
    options.put("secret_access_key", S3Server.SECRET);
    return StoreLocation.of("s3://dataset", options);
  }

  private static void run(Path directory, String... command) throws Exception {
    Process process =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("out").toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(directory.resolve("out"))).isZero();
  }

  /** A server whose certificate no authority of this machine knows. */
  private static HttpsServer secureServer(Path directory) throws Exception {
    String tool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
    run(
        directory,
        tool,
        "-genkeypair",
        "-alias",
        "own",
        "-keyalg",
        "EC",
        "-dname",
        "CN=store",
        "-ext",
        "san=ip:127.0.0.1,dns:localhost",
        "-keystore",
        "keys",
        "-storetype",
        "PKCS12",
        "-storepass",
        "changeit");
    run(
        directory,
        tool,
        "-exportcert",
        "-rfc",
        "-alias",
        "own",
        "-keystore",
        "keys",
        "-storepass",
        "changeit",
        "-file",
        "ca.pem");
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(directory.resolve("keys"))) {
      keys.load(in, PASSWORD);
    }
    KeyManagerFactory managers =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    managers.init(keys, PASSWORD);
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(managers.getKeyManagers(), null, null);
    HttpsServer server =
        HttpsServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setHttpsConfigurator(new HttpsConfigurator(context));
    return server;
  }

  @Test
  void aPrivateAuthorityIsBelievedWhereItIsNamed(@TempDir Path directory) throws Exception {
    try (KeyServer server = KeyServer.over(secureServer(directory))) {
      server.put("f", random(100_000));
      String endpoint = "https://127.0.0.1:" + server.port();
      String file = directory.resolve("ca.pem").toString();
      assertThatThrownBy(() -> open(location(endpoint, Map.of()), Map.of()).close())
          .isInstanceOf(UfsException.class)
          .hasMessageContaining("certificate is not believed")
          .hasMessageContaining("ca_file");
      assertReads(open(location(endpoint, Map.of("ca_file", file)), Map.of()));
      assertReads(open(location(endpoint, Map.of()), Map.of("SSL_CERT_FILE", file)));
      assertReads(open(location(endpoint, Map.of()), Map.of("AWS_CA_BUNDLE", file)));
      assertThatThrownBy(() -> open(location(endpoint, Map.of("ca_file", "/no/such")), Map.of()))
          .isInstanceOf(ObjectException.class)
          .hasMessageContaining("/no/such");
    }
  }

  private static Ufs open(StoreLocation location, Map<String, String> environment)
      throws Exception {
    ObjectStore store = new S3Store(location, KeyServer.LIMITS, 20_000, environment);
    return ObjectUfs.open(location, 20_000, store, KeyServer.health());
  }

  private static void assertReads(Ufs opened) throws Exception {
    try (Ufs ufs = opened) {
      ByteBuffer target = ByteBuffer.allocate(100_000);
      ufs.read(path("/f"), ufs.stat(path("/f")).version(), 0, target);
      assertThat(target.array()).isEqualTo(random(100_000));
    }
  }

  /** In a mount namespace of its own, in which the system's file is another one. */
  @Test
  void aPrivateAuthorityOfTheSystemIsBelieved(@TempDir Path directory) throws Exception {
    Path system = Path.of("/etc/ssl/certs/ca-certificates.crt");
    assertThat(system).as("the system's authorities").exists();
    try (KeyServer server = KeyServer.over(secureServer(directory))) {
      server.put("f", random(10));
      Map<String, String> options =
          location("https://127.0.0.1:" + server.port(), Map.of()).options();
      List<String> inside =
          List.of(
              "unshare",
              "-m",
              "--propagation",
              "private",
              "sh",
              "-c",
              "mount --bind " + directory.resolve("ca.pem") + " " + system + " && exec \"$@\"",
              "sh");
      try (S3Reader reader =
          S3Reader.start(inside, Map.of("HOME", directory.toString()), options)) {
        assertThat(reader.opening()).isEqualTo("open");
        assertThat(reader.read("/f")).isEqualTo("read 10");
      }
      try (S3Reader reader =
          S3Reader.start(List.of(), Map.of("HOME", directory.toString()), options)) {
        // On a busy machine the first handshake of a process may take longer than its first look.
        String opening = reader.opening();
        assertThat(opening.equals("open") ? reader.read("/f") : opening)
            .contains("certificate is not believed");
      }
    }
  }

  @Test
  void anEncryptedStoreBehindAProxyIsReachedByATunnelWithItsLogin(@TempDir Path directory)
      throws Exception {
    try (KeyServer server = KeyServer.over(secureServer(directory));
        TunnelProxy proxy = new TunnelProxy(server.port())) {
      server.put("f", random(100_000));
      String file = directory.resolve("ca.pem").toString();
      StoreLocation location = location("https://localhost:1", Map.of("ca_file", file));
      String variable = "http://us%20er:pass%3Aword@127.0.0.1:" + proxy.port();
      assertReads(open(location, Map.of("HTTPS_PROXY", variable)));
      String login = Base64.getEncoder().encodeToString("us er:pass:word".getBytes(UTF_8));
      assertThat(proxy.heads)
          .isNotEmpty()
          .allSatisfy(
              head ->
                  assertThat(head)
                      .startsWith("CONNECT localhost:1 ")
                      .containsIgnoringCase("Proxy-Authorization: Basic " + login));
    }
  }

  @Test
  void connectionsLeaveByTheDeviceThatIsNamed() throws Exception {
    try (KeyServer server = KeyServer.start()) {
      server.put("f", random(100_000));
      String endpoint = "http://127.0.0.1:" + server.port();
      assertReads(open(location(endpoint, Map.of("bind_device", "lo")), Map.of()));
      assertThatThrownBy(
              () -> open(location(endpoint, Map.of("bind_device", "nosuchdevice")), Map.of()))
          .isInstanceOf(ObjectException.class)
          .hasMessageContaining("nosuchdevice")
          .hasMessageNotContaining("\n");
    }
  }
}
