// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a worker with secrets says of them, anywhere, at the most talkative level: nothing. */
final class StoreSecretsTest {
  /** Every secret of this test has it. */
  private static final String HUSH = "hush";

  /** What requests carry that are signed. */
  private static final String SIGNATURE = "AWS4-HMAC-SHA256";

  /** So many lines take their time. */
  private static final String MOUNT = "railfs.log.level = trace\nrailfs.start-timeout = 80s";

  @TempDir private Path directory;

  @Test
  void secretsOfTheConfAreToldNowhere() throws Exception {
    try (ObjectStore store = start();
        MountEnvironment playground = MountEnvironment.create()) {
      playground.writeConf(MOUNT, worker(store.conf(ObjectStore.SECRET)));
      Map<String, String> shown = everythingOf(playground);
      shown.put(
          "environ", Files.readString(Path.of("/proc/" + playground.workerPid() + "/environ")));
      assertDiscreet(shown);
    }
  }

  @Test
  void secretsOfTheEnvironmentAreToldNowhereAlsoWithALogOfTheOperatorsOwn() throws Exception {
    Path log =
        Files.writeString(
            directory.resolve("logback.xml"),
            Files.readString(MountEnvironment.HOME.resolve("conf/logback.xml"))
                .replace("<root level=\"info\">", "<root level=\"trace\">"));
    assertThat(Files.readString(log)).contains("trace");
    try (ObjectStore store = start();
        MountEnvironment playground = MountEnvironment.create()) {
      playground.environment("AWS_ACCESS_KEY_ID", "railfs");
      playground.environment("AWS_SECRET_ACCESS_KEY", ObjectStore.SECRET);
      playground.environment("AWS_SESSION_TOKEN", "hush-of-this-session");
      playground.writeConf(
          MOUNT,
          worker("{ region = us-east-1, endpoint = \"http://127.0.0.1:" + store.port() + "\" }")
              + "railfs.log.configuration = \""
              + log
              + "\"\n");
      Map<String, String> shown = everythingOf(playground);
      assertThat(shown.get("worker log")).contains("DEBUG");
      assertDiscreet(shown);
    }
  }

  private ObjectStore start() throws Exception {
    ObjectStore store = ObjectStore.start(Files.createDirectories(directory.resolve("objects")));
    store.put("train/f", new byte[100_000]);
    return store;
  }

  private static String worker(String options) {
    return "railfs.worker { ufs = \"s3://dataset\", ufs-options = "
        + options
        + " }\nrailfs.log.level = trace\nrailfs.start-timeout = 80s\n";
  }

  /** Reads, fails, and collects what the worker and the commands tell. */
  private static Map<String, String> everythingOf(MountEnvironment playground) throws IOException {
    playground.startWorker();
    playground.mount();
    assertThat(Files.readAllBytes(playground.mountpoint.resolve("train/f"))).hasSize(100_000);
    assertThat(Files.exists(playground.mountpoint.resolve("train/none"))).isFalse();
    Map<String, String> shown = new LinkedHashMap<>();
    shown.put("command lines", Shell.bash("ps auxwww").ok().out());
    shown.put("conf", playground.railfs("conf", "get", "worker", "--source").out());
    shown.put("status", playground.railfs("status", "--json").out());
    shown.put("worker status", playground.railfs("worker", "status", "--json").out());
    shown.put("doctor", playground.railfs("doctor", "--json").out());
    Path bundle = playground.logs.resolve("support.tar.gz");
    playground.railfs("doctor", "--bundle", bundle);
    shown.put("support archive", Shell.bash("tar xzOf $1", bundle).ok().out());
    for (String path : new String[] {"/", "/metrics"}) {
      shown.put("web " + path, fetch(playground.webPort, path));
    }
    for (String path :
        new String[] {"/v1/status", "/v1/jobs", "/v1/log-level", "/v1/blocks?path=/train/f"}) {
      shown.put("rest " + path, fetch(playground.restPort, path));
    }
    shown.put("worker log", playground.workerLog());
    shown.put("mount log", playground.mountLog());
    return shown;
  }

  private static String fetch(int port, String path) {
    return Shell.bash("curl -sS \"http://127.0.0.1:$1$2\"", port, path).ok().out();
  }

  private static void assertDiscreet(Map<String, String> shown) {
    shown.forEach(
        (where, text) -> {
          assertThat(text.getBytes(UTF_8)).as(where).isNotEmpty();
          assertThat(text.contains(HUSH)).as("a secret in %s", where).isFalse();
          assertThat(text.contains(SIGNATURE)).as("a request in %s", where).isFalse();
        });
  }
}
