// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.namespace;

import static io.railfs.worker.ufs.UfsContract.list;
import static io.railfs.worker.ufs.UfsContract.path;
import static io.railfs.worker.ufs.UfsContract.refusal;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several UFS in one namespace. */
final class NamespaceTest {
  @TempDir private Path directory;

  @BeforeEach
  void makeUfs() throws Exception {
    for (String name : List.of("a", "b", "c")) {
      Path root = Files.createDirectories(directory.resolve(name + "/sub/data"));
      Files.writeString(root.resolve("in-" + name), name);
      Files.writeString(directory.resolve(name + "/of-" + name), name);
    }
  }

  private List<UfsMount> mounts(String conf) {
    Config config =
        ConfigFactory.parseString(
                "railfs.worker { " + conf.replace("@", "file://" + directory) + " }")
            .withFallback(ConfigFactory.defaultReference())
            .resolve();
    return UfsMount.of(config.getConfig("railfs.worker"), "railfs.worker");
  }

  private Ufs open(String conf) throws UfsException {
    return Namespace.open(mounts(conf), 1_000);
  }

  private static List<String> names(Ufs ufs, String path) throws UfsException {
    Map<ByteString, Attributes> entries = list(ufs, path);
    for (Map.Entry<ByteString, Attributes> entry : entries.entrySet()) {
      String child = (path.equals("/") ? "" : path) + "/" + entry.getKey().toStringUtf8();
      assertThat(ufs.stat(path(child))).isEqualTo(entry.getValue());
    }
    return entries.keySet().stream().map(ByteString::toStringUtf8).sorted().toList();
  }

  private static String read(Ufs ufs, String path) throws UfsException {
    Attributes attributes = ufs.stat(path(path));
    ByteBuffer target = ByteBuffer.allocate((int) attributes.size());
    ufs.read(path(path), attributes.version(), 0, target);
    return new String(target.array(), java.nio.charset.StandardCharsets.UTF_8);
  }

  @Test
  void aUfsThatIsAwayTakesNoOtherWithIt() throws Exception {
    try (Ufs ufs =
        open(
            "ufs = \"@/a\"\n mounts { \"/sub/b\" = { ufs = \"@/b\" }, \"/c\" = { ufs = \"@/c\" } }")) {
      Attributes root = ufs.stat(path("/"));
      Attributes sub = ufs.stat(path("/sub"));
      Attributes place = ufs.stat(path("/c"));
      Path away = Files.createDirectory(directory.resolve("away"));
      for (String name : List.of("a", "c")) {
        Files.move(directory.resolve(name), away.resolve(name));
        Files.createDirectory(directory.resolve(name));
      }
      assertThat(ufs.stat(path("/"))).isEqualTo(root);
      assertThat(ufs.stat(path("/sub"))).isEqualTo(sub);
      assertThat(ufs.stat(path("/c"))).isEqualTo(place);
      assertThat(read(ufs, "/sub/b/of-b")).isEqualTo("b");
      assertThat(names(ufs, "/sub/b")).containsExactly("of-b", "sub");
      for (String lost : List.of("/", "/sub", "/c", "/c/sub")) {
        assertThat(refusal(() -> list(ufs, lost))).isEqualTo(ErrorCode.UFS_FAILED);
      }
      for (String lost : List.of("/of-a", "/sub/data", "/c/of-c")) {
        assertThat(refusal(() -> ufs.stat(path(lost)))).isEqualTo(ErrorCode.UFS_FAILED);
      }
      for (String name : List.of("a", "c")) {
        Files.delete(directory.resolve(name));
        Files.move(away.resolve(name), directory.resolve(name));
      }
      assertThat(names(ufs, "/")).containsExactly("c", "of-a", "sub");
    }
  }

  @Test
  void mountsWithoutOneAtTheRootHaveDirectoriesMadeUpAboveThem() throws Exception {
    try (Ufs ufs = open("mounts { \"/x/a\" = { ufs = \"@/a\" }, \"/y\" = { ufs = \"@/b\" } }")) {
      assertThat(names(ufs, "/")).containsExactly("x", "y");
      assertThat(names(ufs, "/x")).containsExactly("a");
      assertThat(names(ufs, "/x/a")).containsExactly("of-a", "sub");
      assertThat(read(ufs, "/x/a/sub/data/in-a")).isEqualTo("a");
      assertThat(read(ufs, "/y/of-b")).isEqualTo("b");
      for (String missing : List.of("/z", "/x/of-a", "/xa", "/x/ab")) {
        assertThat(refusal(() -> ufs.stat(path(missing)))).isEqualTo(ErrorCode.NOT_FOUND);
      }
      assertThat(ufs.space().total()).isPositive();
      assertThat(ufs.xattrs(path("/x"))).isEmpty();
    }
  }

  @Test
  void aMountInsideAnotherHidesWhatThatHoldsThere() throws Exception {
    try (Ufs ufs =
        open(
            "ufs = \"@/a\", mounts { \"/sub/data\" = { ufs = \"@/b\" }, \"/of-a\" = { ufs = \"@/c\""
                + " }, \"/new/deep\" = { ufs = \"@/c\" } }")) {
      assertThat(names(ufs, "/")).containsExactly("new", "of-a", "sub");
      assertThat(ufs.stat(path("/of-a")).isDirectory()).isTrue();
      assertThat(names(ufs, "/sub/data")).containsExactly("of-b", "sub");
      assertThat(names(ufs, "/new/deep")).containsExactly("of-c", "sub");
      assertThat(refusal(() -> ufs.stat(path("/sub/data/in-a")))).isEqualTo(ErrorCode.NOT_FOUND);
    }
  }

  @Test
  void mountsThatMakeNoSenseAreRefusedByPath() {
    Map.ofEntries(
            Map.entry("ufs = \"\"", "there is no UFS"),
            Map.entry("ufs = \"@/a\", mounts { \"/\" = { ufs = \"@/b\" } }", "already"),
            Map.entry(
                "mounts { \"/a\" = { ufs = \"@/a\" }, \"/a/\" = { ufs = \"@/b\" } }", "already"),
            Map.entry("mounts { \"a\" = { ufs = \"@/a\" } }", "does not start with /"),
            Map.entry("mounts { \"/a/../b\" = { ufs = \"@/a\" } }", "component"),
            Map.entry("mounts { \"/a\" = { } }", "missing"),
            Map.entry("mounts { \"/a\" = \"@/a\" }", "not a section"),
            Map.entry("mounts { \"/a\" = { ufs = \"@/a\", option = 1 } }", "no such key"),
            Map.entry("mounts { \"/a\" = { ufs = \"@/a\", ufs-limits.x = 1 } }", "no such key"),
            Map.entry("ufs = \"s3://b\", ufs-limits.range-size = 1KiB", "between 64KiB"),
            Map.entry("ufs = \"s3://b\", ufs-options.nosuch = 1", "no option 'nosuch'"),
            Map.entry("ufs = \"gopher://b\"", "the schemes are"),
            Map.entry("ufs = \"@/a\", ufs-options.region = x", "no ufs-options"))
        .forEach(
            (conf, sentence) ->
                assertThatThrownBy(() -> mounts(conf))
                    .as(conf)
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("railfs.worker")
                    .hasMessageContaining(sentence));
  }

  @Test
  void theLimitsOfAllHoldWhereAMountHasNoneOfItsOwn() {
    UfsMount mount =
        mounts(
                "ufs-limits.bandwidth = 1MiB, mounts { \"/a\" = { ufs = \"s3://b\", ufs-limits {"
                    + " range-size = 1MiB } } }")
            .get(0);
    assertThat(mount.limits().bandwidth()).isEqualTo(1 << 20);
    assertThat(mount.limits().rangeSize()).isEqualTo(1 << 20);
    assertThat(mount.limits().rangesPerBlock()).isEqualTo(4);
  }
}
