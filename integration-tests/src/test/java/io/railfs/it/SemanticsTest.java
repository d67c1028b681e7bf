// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The promises of docs/SEMANTICS.md, on a mount. */
final class SemanticsTest {
  private static final long GIB = 1L << 30;
  private static final long[] OFFSETS = {
    0, 2 * GIB - 5, 4 * GIB - 3, 4 * GIB + 131_072, 6 * GIB + 12_345
  };
  private static final long TIB = 1L << 40;
  private static final long[] TIB_OFFSETS = {0, TIB / 2 - 7, TIB - (4 << 20) - 5, TIB - 100};
  private static final int MANY = 100_000;

  private static MountEnvironment playground;

  @BeforeAll
  static void mount() {
    playground = MountEnvironment.mounted(SemanticsTest::makeDataset);
  }

  private static void makeDataset(Path root) throws IOException {
    Datasets.file(root.resolve("file"), 300_000, 1);
    Files.createDirectory(root.resolve("directory"));
    Datasets.file(root.resolve("directory/inner"), 10, 2);
    Datasets.sparse(root.resolve("huge"), 7 * GIB, OFFSETS);
    Datasets.sparse(root.resolve("tebibyte"), TIB, TIB_OFFSETS);
    Datasets.manyFiles(root.resolve("many"), MANY);
    Files.createSymbolicLink(root.resolve("inside"), Path.of("directory/inner"));
    Files.createSymbolicLink(root.resolve("absolute"), Path.of("/etc/passwd"));
    Files.createSymbolicLink(root.resolve("directory/climbs"), Path.of("../../secret"));
    Shell.bash(
            "cd \"$1\" && mkdir deep && cd deep && for i in $(seq 0 29); do printf $i > f"
                + " && n=$(printf 'd%152s' | tr ' ' x) && mkdir $n && cd $n; done",
            root)
        .ok();
    Files.createDirectory(root.resolve("links"));
    Shell.bash(
            "cd \"$1/links\" && echo text > f && mkdir v2 && ln -s v2 current"
                + " && ln -s current/../f over-a-link && ln -s v2/../../links/f roundabout"
                + " && ln -s \"$1/../mnt/links/f\" into-the-mount && ln -s /nowhere/at/all broken"
                + " && ln -s $'/\\xff\\xfe/../\\x80//' absolute-bytes && ln -s $'\\xff//../\\x80/' bytes"
                + " && ln -s / above && ln -s ../../.. climbs && ln -s \"$(printf %4095s x | tr ' ' /)\" long",
            root)
        .ok();
    Shell.bash(
            "mkfifo \"$1/fifo\"; setfattr -n user.label -v cat \"$1/file\"; chmod 0 \"$1/directory/inner\"; chmod 644 \"$1/directory/inner\"",
            root)
        .ok();
  }

  @AfterAll
  static void unmount() {
    playground.close();
  }

  private static Path at(String name) {
    return playground.mountpoint.resolve(name);
  }

  private static String errnoOf(String python) {
    return Shell.bash(
            "cd \"$1\" && python3 -c 'import os,errno,sys\ntry:\n exec(sys.argv[1]); print(\"done\")\nexcept OSError as e: print(errno.errorcode[e.errno])' \"$2\"",
            playground.mountpoint,
            python)
        .ok()
        .out()
        .strip();
  }

  @Test
  void filesBeyondFourGibibytesReadRightAtEveryOffset() throws IOException {
    assertThat(Files.size(at("huge"))).isEqualTo(7 * GIB);
    assertMarks("huge", OFFSETS);
  }

  @Test
  void aSparseFileOfOneTebibyteReadsRightAtItsStartMiddleAndEnd() throws IOException {
    assertThat(Files.size(at("tebibyte"))).isEqualTo(TIB);
    assertMarks("tebibyte", TIB_OFFSETS);
    try (FileChannel channel = FileChannel.open(at("tebibyte"))) {
      ByteBuffer bytes = ByteBuffer.allocate(4096);
      assertThat(channel.position(TIB - 50).read(bytes)).isEqualTo(50);
      assertThat(channel.position(TIB).read(bytes.clear())).isEqualTo(-1);
      assertThat(channel.position(2 * TIB).read(bytes.clear())).isEqualTo(-1);
      // A hole, far from every mark.
      assertThat(channel.position(TIB / 3).read(bytes.clear())).isEqualTo(4096);
      assertThat(bytes.array()).containsOnly(0);
    }
    assertThat(errnoOf("os.lseek(os.open(\"tebibyte\",0),1<<62,0)")).isIn("done", "EINVAL");
  }

  private static void assertMarks(String name, long... offsets) throws IOException {
    try (FileChannel channel = FileChannel.open(at(name))) {
      for (long offset : offsets) {
        byte[] text = Long.toString(offset).getBytes(StandardCharsets.US_ASCII);
        ByteBuffer bytes = ByteBuffer.allocate(text.length + 3);
        assertThat(channel.read(bytes, offset)).isEqualTo(text.length + 3);
        assertThat(bytes.array()).isEqualTo(Arrays.copyOf(text, text.length + 3));
      }
    }
  }

  @Test
  void readsBehindTheEndAreEmptyAndReadsAcrossItAreCut() throws IOException {
    try (FileChannel channel = FileChannel.open(at("file"))) {
      assertThat(channel.read(ByteBuffer.allocate(100), 300_000)).isEqualTo(-1);
      assertThat(channel.read(ByteBuffer.allocate(100), 9 * GIB)).isEqualTo(-1);
      assertThat(channel.read(ByteBuffer.allocate(100), 299_990)).isEqualTo(10);
    }
  }

  @Test
  void mappedAndDirectReadsSeeTheSameBytes() {
    String script =
        "python3 -c 'import mmap,sys,hashlib,os\nf=open(sys.argv[1],\"rb\"); m=mmap.mmap(f.fileno(),0,prot=mmap.PROT_READ); print(hashlib.sha256(m[:]).hexdigest())' \"$1/file\"; "
            + "dd if=\"$1/file\" iflag=direct bs=64k status=none | sha256sum | cut -d' ' -f1; sha256sum < \"$1/file\" | cut -d' ' -f1; sha256sum < \"$2/file\" | cut -d' ' -f1";
    List<String> sums =
        Shell.bash(script, playground.mountpoint, playground.dataset)
            .ok()
            .out()
            .lines()
            .distinct()
            .toList();
    assertThat(sums).hasSize(1);
  }

  @Test
  void aDirectoryOfAHundredThousandEntriesListsWhole() throws IOException {
    try (Stream<Path> entries = Files.list(at("many"))) {
      assertThat(entries.map(Path::getFileName).distinct().count()).isEqualTo(MANY);
    }
    long start = System.nanoTime();
    assertThat(Shell.bash("ls -l \"$1/many\" | wc -l", playground.mountpoint).ok().out().strip())
        .isEqualTo(String.valueOf(MANY + 1));
    // Asked one by one over the network this would take minutes; the listing answers these lookups.
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(90));
  }

  @Test
  void linksTellTheirTextAsStoredWhereverTheyLead() {
    String texts =
        "cd \"$1\" && find . -type l -printf '%P -> %l %s\\0' | sort -z | od -An -v -c -w64";
    String here = Shell.bash(texts, playground.dataset).ok().out();
    assertThat(here).contains("377");
    assertThat(Shell.bash(texts, playground.mountpoint).ok().out()).isEqualTo(here);
  }

  @Test
  void linksAreFollowedByTheKernelWhereverTheyLead() throws IOException {
    assertThat(Files.readAllBytes(at("inside")))
        .isEqualTo(Files.readAllBytes(playground.dataset.resolve("directory/inner")));
    for (String link : List.of("over-a-link", "roundabout", "into-the-mount")) {
      assertThat(Files.readString(at("links").resolve(link))).as(link).isEqualTo("text\n");
    }
    assertThat(Files.readString(at("absolute")))
        .isEqualTo(Files.readString(Path.of("/etc/passwd")));
    assertThat(Files.isSameFile(at("links/above"), Path.of("/"))).isTrue();
    // Up from the mount's root is the directory that holds the mountpoint, as on any file system.
    assertThat(Files.isSameFile(at("links/climbs"), playground.mountpoint.resolve("../..")))
        .isTrue();
    assertThat(errnoOf("open(\"links/broken\")")).isEqualTo("ENOENT");
    assertThat(errnoOf("open(\"huge/../../etc/passwd\")")).isEqualTo("ENOTDIR");
  }

  @Test
  void aTreeWithLinksIsCopiedByWhoeverCopiesTrees(@TempDir Path copies) {
    Shell.bash(
            "cp -a \"$1/links\" \"$3/cp\" && rsync -a \"$1/links/\" \"$3/rsync\""
                + " && mkdir \"$3/tar\" && tar -C \"$1/links\" -cf - . | tar -C \"$3/tar\" -xf -"
                + " && for copy in cp rsync tar; do diff -r --no-dereference \"$2/links\" \"$3/$copy\" || exit; done",
            playground.mountpoint,
            playground.dataset,
            copies)
        .ok();
  }

  @Test
  void errorsAreThoseOfAnOrdinaryFileSystem() {
    assertThat(errnoOf("open(\"nothing\")")).isEqualTo("ENOENT");
    assertThat(errnoOf("open(\"file/below\")")).isEqualTo("ENOTDIR");
    assertThat(errnoOf("os.listdir(\"file\")")).isEqualTo("ENOTDIR");
    assertThat(errnoOf("os.read(os.open(\"directory\",0),1)")).isEqualTo("EISDIR");
    assertThat(errnoOf("os.readlink(\"file\")")).isEqualTo("EINVAL");
    assertThat(errnoOf("open(\"n\"*256)")).isEqualTo("ENAMETOOLONG");
    assertThat(errnoOf("os.stat(\"n\"*255)")).isEqualTo("ENOENT");
    assertThat(errnoOf("os.open(\"fifo\", os.O_RDONLY | os.O_NONBLOCK)")).isNotEqualTo("done");
  }

  @Test
  void whatLiesDeeperThanTheLongestPathIsAnsweredAsTooLongAndAllAboveIsThere() {
    // As find walks: by chdir, so that no system call sees the whole path.
    String code =
        """
        import os, errno
        os.chdir('deep')
        n = 0
        end = 'all'
        while True:
          try:
            names = sorted(os.listdir('.'))
            below = [x for x in names if x[0] == 'd']
            if not below:
              break
            assert open('f').read() == str(n)
            os.chdir(below[0])
            n += 1
          except OSError as e:
            end = errno.errorcode[e.errno]
            break
        print(n, end)
        """;
    String script = "cd \"$1\" && python3 -c \"$2\"";
    assertThat(Shell.bash(script, playground.dataset, code).ok().out().strip()).isEqualTo("30 all");
    String there = Shell.bash(script, playground.mountpoint, code).ok().out().strip();
    // 154 bytes a level, and 5 of "/deep": 26 levels. The 27th is known from the listing above it.
    assertThat(there).isIn("26 ENAMETOOLONG", "27 ENAMETOOLONG");
  }

  @Test
  void extendedAttributesOfUsersAreShown() throws IOException {
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(at("file"), UserDefinedFileAttributeView.class);
    assertThat(view.list()).containsExactly("label");
    ByteBuffer value = ByteBuffer.allocate(10);
    view.read("label", value);
    assertThat(new String(value.array(), 0, value.position(), StandardCharsets.UTF_8))
        .isEqualTo("cat");
    assertThat(errnoOf("os.getxattr(\"file\",\"user.other\")")).isEqualTo("ENODATA");
  }

  @Test
  void statfsTellsTheSpaceOfTheUfs() throws IOException {
    FileStore here = Files.getFileStore(playground.dataset);
    FileStore there = Files.getFileStore(playground.mountpoint);
    assertThat(there.getTotalSpace())
        .isCloseTo(here.getTotalSpace(), org.assertj.core.data.Percentage.withPercentage(1));
    assertThat(there.type()).isEqualTo("fuse.railfs");
  }

  @Test
  void theKernelChecksModesForOtherUsers() {
    // Without allow-other even root's mount is closed to others; the option default_permissions is
    // there in any case.
    String options =
        Shell.bash("grep \" $1 \" /proc/self/mountinfo", playground.mountpoint).ok().out();
    assertThat(options)
        .contains("default_permissions")
        .contains("ro,")
        .contains("nosuid")
        .contains("nodev");
  }

  @Test
  void otherUsersAreLetInOnlyOnRequestAndThenAsTheModesSay() {
    try (MountEnvironment shared = MountEnvironment.create()) {
      Shell.bash(
              "cd \"$1\" && echo open > open && echo closed > closed && chmod 644 open && chmod 600 closed && chmod 755 . .. ../mnt",
              shared.dataset)
          .ok();
      shared.startWorker();
      String asNobody = "setpriv --reuid=65534 --regid=65534 --clear-groups cat \"$1/$2\"";
      shared.mount();
      assertThat(Shell.bash(asNobody, shared.mountpoint, "open").err())
          .contains("Permission denied");
      shared.unmount();
      shared.mount("-o", "allow_other");
      assertThat(Shell.bash(asNobody, shared.mountpoint, "open").ok().out()).isEqualTo("open\n");
      assertThat(Shell.bash(asNobody, shared.mountpoint, "closed").err())
          .contains("Permission denied");
    }
  }

  @Test
  void everyChangeIsRefusedByRailFsItselfAlsoWithoutTheKernelsFlag() {
    try (MountEnvironment writable = MountEnvironment.create()) {
      Shell.bash(
              "cd \"$1\" && echo x > file && mkdir directory && echo y > directory/inner && setfattr -n user.label -v cat file",
              writable.dataset)
          .ok();
      writable.startWorker();
      writable.mount("-o", "rw");
      assertThat(Shell.bash("grep \" $1 \" /proc/self/mountinfo", writable.mountpoint).ok().out())
          .contains(" rw,");
      String answers =
          Shell.bash(
                  "python3 \"$1\" \"$2\"",
                  MountEnvironment.HOME.resolve("integration-tests/src/test/resources/changes.py"),
                  writable.mountpoint)
              .ok()
              .out();
      assertThat(answers.lines().count()).isGreaterThan(20);
      assertThat(answers.lines()).allMatch(line -> line.endsWith(" EROFS"));
    }
  }

  @Test
  void aFileReplacedWhileOpenReadsAsOneVersionOrAsStaleAndNeverMixed() throws Exception {
    try (MountEnvironment changing = MountEnvironment.create()) {
      changing.writeConf(
          "railfs.mount { attribute-timeout = 0s, entry-timeout = 0s, prefetch.initial-window = 0 }",
          "");
      Path source = changing.dataset.resolve("f");
      Files.writeString(source, "A".repeat(12 << 20));
      changing.startWorker();
      changing.mount();
      Path seen = changing.mountpoint.resolve("f");
      try (FileChannel open = FileChannel.open(seen)) {
        ByteBuffer bytes = ByteBuffer.allocate(4096);
        open.read(bytes, 0);
        Files.writeString(changing.dataset.resolve("f.new"), "B".repeat(12 << 20));
        Files.move(
            changing.dataset.resolve("f.new"),
            source,
            java.nio.file.StandardCopyOption.ATOMIC_MOVE);
        assertThat(bytes.get(0)).isEqualTo((byte) 'A');
        ByteBuffer later = ByteBuffer.allocate(4096);
        assertThatThrownBy(() -> open.read(later, 11 << 20))
            .isInstanceOf(IOException.class)
            .hasMessageContaining("tale");
        // A new open gets the new version, whole, while the old handle is still there.
        assertThat(new String(Files.readAllBytes(seen), StandardCharsets.US_ASCII))
            .isEqualTo("B".repeat(12 << 20));
      }
      assertThat(new String(Files.readAllBytes(seen), StandardCharsets.US_ASCII))
          .isEqualTo("B".repeat(12 << 20));
    }
  }
}
