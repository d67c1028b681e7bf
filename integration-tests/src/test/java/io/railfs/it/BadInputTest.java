// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bad input gets one clear sentence, a code other than 0, and changes nothing. */
final class BadInputTest {
  private MountEnvironment playground;

  @BeforeEach
  void create() {
    playground = MountEnvironment.create();
  }

  @AfterEach
  void close() {
    playground.close();
  }

  private String refusal(int exit, Object... words) {
    Shell.Result result = playground.railfs(words);
    assertThat(result.exit())
        .as(
            "exit of %s: %s%s",
            String.join(" ", java.util.Arrays.stream(words).map(String::valueOf).toList()),
            result.out(),
            result.err())
        .isEqualTo(exit);
    assertThat(result.out()).isEmpty();
    assertThat(result.err().strip().lines().toList()).as("one sentence").hasSize(1);
    assertThat(result.err())
        .startsWith("railfs: ")
        .doesNotContain("Exception in thread")
        .doesNotContain("\tat ");
    assertThat(
            Shell.bash("grep -c \" $1 \" /proc/self/mountinfo", playground.mountpoint)
                .out()
                .strip())
        .isEqualTo("0");
    return result.err();
  }

  @Test
  void aMountpointThatIsMissing() {
    assertThat(refusal(1, "mount", playground.mountpoint.resolve("no")))
        .contains("does not exist")
        .contains("mkdir");
  }

  @Test
  void aMountpointThatIsAFile() throws IOException {
    Path file = Files.writeString(playground.mountpoint.resolve("file"), "x");
    assertThat(refusal(1, "mount", file)).contains("not a directory");
  }

  @Test
  void aMountpointThatHoldsFiles() throws IOException {
    Files.writeString(playground.mountpoint.resolve("file"), "x");
    assertThat(refusal(1, "mount", playground.mountpoint))
        .contains("not empty")
        .contains("nonempty");
  }

  @Test
  void aConfFileThatIsMissing() {
    assertThat(refusal(2, "mount", "-c", "/no/such.conf", playground.mountpoint))
        .contains("/no/such.conf");
  }

  @Test
  void aConfFileThatIsADirectory() {
    assertThat(refusal(2, "mount", "-c", playground.conf, playground.mountpoint))
        .contains(playground.conf.toString());
  }

  @Test
  void aConfFileWithASyntaxError() throws IOException {
    Path broken =
        Files.writeString(playground.conf.resolve("broken.conf"), "railfs {\n  workers = [\n}\n");
    assertThat(refusal(2, "mount", "-c", broken, playground.mountpoint)).contains("broken.conf:");
  }

  @Test
  void aMisspeltKeyNamesItsPlaceAndTheNearestKey() {
    playground.writeConf("railfs.mount.memory-limt = 1GiB", "");
    assertThat(refusal(2, "mount", playground.mountpoint))
        .contains("railfs.conf:4")
        .contains("railfs.mount.memory-limt")
        .contains("did you mean railfs.mount.memory-limit");
  }

  @Test
  void aMisspeltKeyOfTheWorkerNamesItsPlaceAndTheNearestKey() {
    playground.writeConf("", "railfs.worker.loader = 2");
    assertThat(refusal(2, "worker", "start"))
        .contains("railfs-worker.conf:")
        .contains("did you mean railfs.worker.loaders");
  }

  @Test
  void aValueOfTheWrongType() {
    playground.writeConf("railfs.mount.memory-limit = plenty", "");
    assertThat(refusal(2, "mount", playground.mountpoint))
        .contains("railfs.conf:4")
        .contains("memory-limit")
        .contains("plenty");
  }

  @Test
  void aMemoryLimitTooSmallToWorkWith() {
    assertThat(refusal(2, "mount", "-D", "railfs.mount.memory-limit=64MiB", playground.mountpoint))
        .contains("memory-limit")
        .contains("at least");
  }

  @Test
  void aMountOptionThatDoesNotExist() {
    assertThat(refusal(2, "mount", "-o", "alow_other", playground.mountpoint))
        .contains("alow_other")
        .contains("allow_other");
  }

  @Test
  void aWorkerThatIsNotThere() {
    assertThat(refusal(1, "mount", playground.mountpoint))
        .contains("127.0.0.1:" + playground.rpcPort)
        .containsIgnoringCase("connection refused")
        .contains("log:");
  }

  @Test
  void aDeviceThatIsNotThereListsThoseThatAre() {
    assertThat(refusal(1, "mount", "--bind", "ib7", playground.mountpoint))
        .contains("ib7")
        .contains("lo (up");
  }

  @Test
  void anUnmountOfWhatIsNotMounted() {
    assertThat(refusal(1, "umount", playground.mountpoint)).contains("is not mounted");
  }

  @Test
  void aUfsRootThatIsMissing() {
    assertThat(refusal(1, "worker", "start", "-D", "railfs.worker.ufs=file:///no/such/root"))
        .contains("/no/such/root")
        .contains("does not exist");
  }

  @Test
  void aUfsOfAnUnknownKind() {
    assertThat(refusal(2, "worker", "start", "-D", "railfs.worker.ufs=gopher://x/y"))
        .contains("gopher");
  }

  @Test
  void aStoreDirectoryThatCannotBeWritten() {
    assertThat(
            refusal(
                1, "worker", "start", "-D", "railfs.worker.store.directories=[\"/proc/store\"]"))
        .contains("/proc/store");
  }

  @Test
  void aStoreThatAnotherWorkerUses() throws IOException {
    playground.startWorker();
    assertThat(
            refusal(
                1,
                "worker",
                "start",
                "-D",
                "railfs.worker.rpc.bind.port=" + Ports.take(),
                "-D",
                "railfs.worker.data.bind.port=0",
                "-D",
                "railfs.worker.web.bind.port=0",
                "-D",
                "railfs.worker.rest.bind.port=0"))
        .contains(playground.store.toString());
  }

  @Test
  void aPortThatIsTaken() throws IOException {
    try (ServerSocket taken =
        new ServerSocket(playground.dataPort, 1, InetAddress.getLoopbackAddress())) {
      assertThat(refusal(1, "worker", "start"))
          .contains(String.valueOf(taken.getLocalPort()))
          .contains("data");
    }
  }

  @Test
  void aStoreTooSmallForAFewBlocks() {
    assertThat(refusal(2, "worker", "start", "-D", "railfs.worker.store.capacity=1KiB"))
        .contains("1KiB is less than 16MiB, four blocks of 4MiB");
  }

  @Test
  void aCheckThatDoesNotExistAndAnArchiveThatDoes() throws IOException {
    assertThat(refusal(2, "doctor", "--only", "port-stat"))
        .contains("there is no check 'port-stat'; did you mean port-state?");
    assertThat(refusal(2, "doctor", "--local", "--json", "--quiet")).contains("choose one");
    Path file = Files.writeString(playground.logs.resolve("support.tar.gz"), "mine");
    assertThat(refusal(1, "doctor", "--local", "--bundle", file))
        .contains(file + " exists; name a file that does not");
    assertThat(file).hasContent("mine");
    assertThat(refusal(2, "bench", "net", "--transport", "pigeon"))
        .contains("--transport 'pigeon' is no transport; there are tcp, local, rdma and all");
  }

  @Test
  void aPathOfTheUfsInsteadOfTheDatasets() throws IOException {
    Path file = Files.writeString(playground.dataset.resolve("a file"), "content");
    playground.startWorker();
    String sentence = file + " is the path at the worker; in the dataset it is /a file";
    assertThat(refusal(1, "where", file)).contains(sentence);
    assertThat(playground.railfs("load", file).err()).contains(sentence);
    assertThat(refusal(1, "where", "/none")).contains("/none does not exist in the dataset");
  }

  @Test
  void aStoreThatItsDiskCannotHoldIsToldAtTheStartAndWhenItIsFull() throws IOException {
    Path disk = Files.createDirectory(playground.logs.resolve("disk"));
    Shell.bash("mount -t tmpfs -o size=40m tmpfs $1", disk).ok();
    try {
      Datasets.file(playground.dataset.resolve("big"), 60_000_000, 7);
      Shell.Result start =
          playground.railfs(
              "worker",
              "start",
              "-D",
              "railfs.worker.store.capacity=1GiB",
              "-D",
              "railfs.worker.store.directories=" + disk);
      assertThat(start.ok().err().strip().lines()).hasSize(1);
      assertThat(start.err())
          .contains("railfs.worker.store.capacity gives " + disk + " 1GiB, but its disk has 40MiB");
      assertThat(playground.railfs("load", "/").exit()).isEqualTo(1);
      assertThat(playground.railfs("worker", "status").out())
          .contains("disk full (No space left on device)")
          .doesNotContain("java.");
      playground.railfs("worker", "stop").ok();
    } finally {
      Shell.bash("umount -l $1", disk);
    }
  }

  @Test
  void wordsThatAreNoCommand() {
    assertThat(refusal(2, "frobnicate")).contains("frobnicate");
    assertThat(refusal(2, "mount", "--no-such-option", playground.mountpoint))
        .contains("--no-such-option");
  }
}
