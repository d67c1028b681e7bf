// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ContainerMemoryTest {
  @TempDir private Path directory;

  private OptionalLong limit(String membership) throws IOException {
    Path file = Files.writeString(directory.resolve("cgroup"), membership);
    return ContainerMemory.limit(file, directory);
  }

  private void write(String path, String text) throws IOException {
    Path file = directory.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void theSmallestLimitOfAllGroupsAboveCounts() throws IOException {
    write("memory.max", "max\n");
    write("pod/memory.max", "1073741824\n");
    write("pod/one/memory.max", "2147483648\n");
    assertThat(limit("0::/pod/one\n")).hasValue(1L << 30);
    write("pod/one/memory.max", "max\n");
    assertThat(limit("0::/pod/one\n")).hasValue(1L << 30);
    assertThat(limit("0::/\n")).isEmpty();
  }

  @Test
  void theFirstVersionOfControlGroupsIsKnownToo() throws IOException {
    write("memory/memory.limit_in_bytes", "9223372036854771712\n");
    write("memory/pod/memory.limit_in_bytes", "536870912\n");
    assertThat(limit("5:cpu,cpuacct:/pod\n4:memory:/pod\n0::/\n")).hasValue(512L << 20);
    // A container sees its own group at the root, and its path on the machine.
    write("memory/memory.limit_in_bytes", "268435456\n");
    assertThat(limit("4:memory:/kubepods/x\n")).hasValue(256L << 20);
  }

  @Test
  void groupsOutsideOfWhatIsSeenSetNoLimit() throws IOException {
    assertThat(limit("0::/../../other\n")).isEmpty();
    assertThat(limit("nonsense\n")).isEmpty();
    assertThat(ContainerMemory.limit(directory.resolve("none"), directory)).isEmpty();
  }

  @Test
  void moreThanTheContainerMayHaveIsRefusedWithASentence() {
    assertThatThrownBy(
            () -> ContainerMemory.check(4L << 30, "the setting", OptionalLong.of(2L << 30)))
        .isInstanceOf(CommandException.class)
        .hasMessage(
            "the setting needs 4.0 GiB, and this container may have 2.0 GiB of memory, so the kernel"
                + " would kill it; lower the setting or raise the limit");
    assertThatCode(
            () -> {
              ContainerMemory.check(4L << 30, "the setting", OptionalLong.of(4L << 30));
              ContainerMemory.check(4L << 30, "the setting", OptionalLong.empty());
            })
        .doesNotThrowAnyException();
  }
}
