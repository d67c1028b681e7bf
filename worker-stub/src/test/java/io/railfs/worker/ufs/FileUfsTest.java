// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.ufs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.EntryType;
import io.railfs.protocol.Era;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileUfsTest extends UfsContract {
  /** As {@code setfacl -m g::---,u:1003:r--,m::r--} leaves it. */
  private static final String REFUSES_ITS_GROUP =
      "0x02000000"
          + "01000600ffffffff"
          + "02000400eb030000"
          + "04000000ffffffff"
          + "10000400ffffffff"
          + "20000000ffffffff";

  @TempDir Path temporary;
  private Path root;

  @Override
  protected Set<Capability> capabilities() {
    return EnumSet.allOf(Capability.class);
  }

  @Override
  protected Ufs open() throws Exception {
    root = Files.createDirectory(temporary.resolve("root"));
    return FileUfs.open(root);
  }

  @Override
  protected void putFile(String path, byte[] content) throws IOException {
    Path file = root.resolve(path.substring(1));
    Files.createDirectories(file.getParent());
    Files.write(file, content);
  }

  @Override
  protected void removeFile(String path) throws IOException {
    Files.delete(root.resolve(path.substring(1)));
  }

  /** Runs a shell script in the root: only outside Java are names plain bytes. */
  private void shell(String script) throws Exception {
    Process process =
        new ProcessBuilder("bash", "-c", script).directory(root.toFile()).inheritIO().start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
  }

  @Test
  void attributesAreThoseOfTheFileToTheNanosecondWithOwnerAndSpecialBits() throws Exception {
    putFile("/f", new byte[5]);
    shell("chown 12345:54321 f && chmod 6750 f");
    Instant time = Instant.ofEpochSecond(1_600_000_000, 123_456_789);
    Files.setLastModifiedTime(root.resolve("f"), FileTime.from(time));
    Attributes attributes = ufs().stat(path("/f"));
    assertThat(attributes.mode()).isEqualTo(06750);
    assertThat(attributes.uid()).isEqualTo(12345);
    assertThat(attributes.gid()).isEqualTo(54321);
    assertThat(attributes.mtimeNanos()).isEqualTo(1_600_000_000_123_456_789L);
    assertThat(attributes.ctimeNanos()).isGreaterThan(attributes.mtimeNanos());
    assertThat(attributes.etag()).hasSize(8);
  }

  @Test
  void timesBeforeTheEpochAreNegative() throws Exception {
    putFile("/f", new byte[5]);
    shell("touch -d '1969-12-31 23:59:58.25 UTC' f");
    assertThat(ufs().stat(path("/f")).mtimeNanos()).isEqualTo(-1_750_000_000L);
  }

  @Test
  void namesOfAnyBytesAreListedStattedAndRead() throws Exception {
    List<String> names =
        List.of(
            "\u00ff\u00fe",
            "a\nb",
            "50%",
            "%41",
            "a#b?c",
            "back\\slash",
            "  lead",
            "a b+c&d=e",
            "\u0001\u007f",
            "\u00c3\u00a9",
            "x".repeat(255),
            "\u00ff".repeat(255),
            "*",
            "~",
            "-n");
    for (String name : names) {
      StringBuilder octal = new StringBuilder();
      name.chars().forEach(c -> octal.append(String.format("\\%03o", c)));
      shell("n=$'" + octal + "'; printf '%s' \"${#n}\" > \"./$n\"");
    }
    Map<ByteString, Attributes> entries = list(ufs(), "/");
    assertThat(entries.keySet().stream().map(name -> name.toString(ISO_8859_1)))
        .containsExactlyInAnyOrderElementsOf(names);
    for (String name : names) {
      RailPath path = RailPath.ROOT.childOfLatin1(name);
      Attributes attributes = ufs().stat(path);
      assertThat(attributes).isEqualTo(entries.get(ByteString.copyFrom(name, ISO_8859_1)));
      ByteBuffer target = ByteBuffer.allocate((int) attributes.size());
      ufs().read(path, attributes.version(), 0, target);
      assertThat(target.hasRemaining()).isFalse();
    }
  }

  @Test
  void directoriesWithNamesOfAnyBytesAreEntered() throws Exception {
    shell("mkdir -p $'d\\xff\\xfe/e%\\n' && echo hi > $'d\\xff\\xfe/e%\\n/f'");
    assertThat(ufs().stat(RailPath.ofLatin1("/d\u00ff\u00fe/e%\n/f")).size()).isEqualTo(3);
  }

  @Test
  void symlinksTellTheirTargetsAsStoredAndAreNeverFollowed() throws Exception {
    shell(
        "mkdir d && echo hi > d/f && ln -s d in && ln -s /etc out && ln -s d//f/ odd"
            + " && ln -s $'\\xff/../z//' bytes && ln -s $'/\\xff' abs && ln -s nowhere broken");
    Map<String, String> targets =
        Map.of(
            "in",
            "d",
            "out",
            "/etc",
            "odd",
            "d//f/",
            "bytes",
            "\u00ff/../z//",
            "abs",
            "/\u00ff",
            "broken",
            "nowhere");
    Map<ByteString, Attributes> listed = list(ufs(), "/");
    for (Map.Entry<String, String> link : targets.entrySet()) {
      Attributes attributes = ufs().stat(path("/" + link.getKey()));
      assertThat(attributes.isSymlink()).isTrue();
      assertThat(attributes.symlinkTarget().toString(ISO_8859_1)).isEqualTo(link.getValue());
      assertThat(attributes.size()).isEqualTo(link.getValue().length());
      assertThat(listed.get(ByteString.copyFromUtf8(link.getKey()))).isEqualTo(attributes);
    }
    for (String link : List.of("in", "out")) {
      assertThat(refusal(() -> ufs().list(path("/" + link)))).isEqualTo(ErrorCode.NOT_A_DIRECTORY);
      assertThat(refusal(() -> ufs().stat(path("/" + link + "/f"))))
          .isEqualTo(ErrorCode.NOT_A_DIRECTORY);
      Attributes attributes = ufs().stat(path("/" + link));
      assertThat(
              refusal(
                  () ->
                      ufs()
                          .read(path("/" + link), attributes.version(), 0, ByteBuffer.allocate(1))))
          .isEqualTo(ErrorCode.NOT_A_FILE);
    }
  }

  @Test
  void anAbsoluteTargetThatIsADirectoryGetsNoSlashOfOurs() throws Exception {
    shell("mkdir $'../\\xfedir' && ln -s \"$PWD\"/$'../\\xfedir' link");
    Attributes link = ufs().stat(path("/link"));
    assertThat(link.symlinkTarget().toString(ISO_8859_1)).isEqualTo(root + "/../\u00fedir");
    shell("rmdir $'../\\xfedir'");
  }

  @Test
  void fifosSocketsAndDevicesAreListedButNeverOpened() throws Exception {
    shell("mkfifo fifo && mknod null c 1 3");
    for (String name : List.of("/fifo", "/null")) {
      Attributes attributes = ufs().stat(path(name));
      assertThat(attributes.type()).isEqualTo(EntryType.OTHER);
      assertThat(
              refusal(
                  () -> ufs().read(path(name), attributes.version(), 0, ByteBuffer.allocate(1))))
          .isEqualTo(ErrorCode.NOT_A_FILE);
      assertThat(refusal(() -> ufs().list(path(name)))).isEqualTo(ErrorCode.NOT_A_DIRECTORY);
      assertThat(refusal(() -> ufs().stat(path(name + "/x")))).isEqualTo(ErrorCode.NOT_A_DIRECTORY);
      assertThat(ufs().xattrs(path(name))).isEmpty();
    }
  }

  @Test
  void extendedAttributesAreReadWithTheirNamespace() throws Exception {
    putFile("/f", new byte[1]);
    byte[] value = {0, 1, (byte) 0xff};
    Files.getFileAttributeView(root.resolve("f"), UserDefinedFileAttributeView.class)
        .write("label", ByteBuffer.wrap(value));
    assertThat(ufs().xattrs(path("/f")))
        .containsExactlyEntriesOf(
            Map.of(ByteString.copyFromUtf8("user.label"), ByteString.copyFrom(value)));
  }

  @Test
  void extendedAttributesComeByteForByteWhateverTheirNamesAre() throws Exception {
    shell(
        "echo > f && mkdir d && for x in f d .; do setfattr -n $'user.caf\\xe9' -v 0xff00 $x &&"
            + " setfattr -n $'user.\\xff\\xfe' $x && setfattr -n $'user.\\xc3\\xa9' -v text $x;"
            + " done && setfattr -n trusted.other -v x f && setfattr -n user.large -v $(printf"
            + " %4000s | tr ' ' x) f");
    Map<ByteString, ByteString> expected =
        Map.of(
            ByteString.copyFrom("user.caf\u00e9", ISO_8859_1),
            ByteString.copyFrom(new byte[] {(byte) 0xff, 0}),
            ByteString.copyFrom("user.\u00ff\u00fe", ISO_8859_1),
            ByteString.EMPTY,
            ByteString.copyFromUtf8("user.\u00e9"),
            ByteString.copyFromUtf8("text"));
    assertThat(ufs().xattrs(path("/d"))).isEqualTo(expected);
    assertThat(ufs().xattrs(RailPath.ROOT)).isEqualTo(expected);
    Map<ByteString, ByteString> all = new HashMap<>(expected);
    all.put(ByteString.copyFromUtf8("user.large"), ByteString.copyFromUtf8("x".repeat(4_000)));
    assertThat(ufs().xattrs(path("/f"))).isEqualTo(all);
  }

  @Test
  void aModeGivesNobodyMoreThanTheAccessControlListDoes() throws Exception {
    shell(
        "echo > f && mkdir d && cp f d/f && ln -s d/f d/link && for x in f d d/f .; do"
            + " chmod 640 $x && setfattr -n system.posix_acl_access -v "
            + REFUSES_ITS_GROUP
            + " $x; done && [ $(stat -c %a f) = 640 ] && echo > d/plain && chmod 640 d/plain");
    assertThat(ufs().stat(path("/f")).mode()).isEqualTo(0600);
    assertThat(ufs().stat(path("/d")).mode()).isEqualTo(0600);
    assertThat(ufs().stat(path("/d/f")).mode()).isEqualTo(0600);
    assertThat(ufs().stat(path("/d/plain")).mode()).isEqualTo(0640);
    assertThat(ufs().stat(path("/d/link")).mode()).isEqualTo(0777);
    assertThat(ufs().stat(RailPath.ROOT).mode()).isEqualTo(0600);
    for (Map.Entry<ByteString, Attributes> entry : list(ufs(), "/d").entrySet()) {
      RailPath path = path("/d").child(entry.getKey());
      assertThat(entry.getValue()).isEqualTo(ufs().stat(path));
    }
    shell("setfattr -x system.posix_acl_access f && chmod 640 f");
    assertThat(ufs().stat(path("/f")).mode()).isEqualTo(0640);
  }

  @Test
  void aFileSystemWithoutAccessControlListsTellsItsModes() throws Exception {
    try (Ufs proc = FileUfs.open(Path.of("/proc/sys/kernel"))) {
      assertThat(proc.stat(path("/hostname")).mode()).isEqualTo(0644);
      assertThat(proc.stat(path("/hostname")).mode()).isEqualTo(0644);
    }
  }

  @Test
  void aFileSystemWithoutExtendedAttributesHasNone() throws Exception {
    try (Ufs proc = FileUfs.open(Path.of("/proc/sys/kernel"))) {
      assertThat(proc.xattrs(path("/hostname"))).isEmpty();
    }
  }

  @Test
  void aRootThatIsASymlinkIsResolvedOnce() throws Exception {
    putFile("/f", new byte[7]);
    Path link = Files.createSymbolicLink(temporary.resolve("link"), root);
    try (Ufs linked = FileUfs.open(link)) {
      assertThat(linked.stat(path("/f")).size()).isEqualTo(7);
      Files.delete(link);
      assertThat(linked.stat(path("/f")).size()).isEqualTo(7);
    }
  }

  @Test
  void aRootThatHasGoneIsAFailureOfTheUfsAndNotOfThePath() throws Exception {
    putFile("/f", new byte[7]);
    Files.move(root, temporary.resolve("moved"));
    assertThat(refusal(() -> ufs().stat(path("/f")))).isEqualTo(ErrorCode.UFS_FAILED);
    assertThat(refusal(() -> ufs().list(RailPath.ROOT))).isEqualTo(ErrorCode.UFS_FAILED);
    Files.move(temporary.resolve("moved"), root);
    assertThat(ufs().stat(path("/f")).size()).isEqualTo(7);
  }

  @Test
  void aRootThatIsMissingOrNoDirectoryIsRefusedByName() throws Exception {
    putFile("/f", new byte[7]);
    Path missing = temporary.resolve("missing");
    assertThatThrownBy(() -> FileUfs.open(missing))
        .isInstanceOf(UfsException.class)
        .hasMessageContaining(missing.toString())
        .hasMessageContaining("does not exist");
    assertThatThrownBy(() -> FileUfs.open(root.resolve("f")))
        .isInstanceOf(UfsException.class)
        .hasMessageContaining("is not a directory");
  }

  @Test
  void aFileRewrittenWhileItIsReadIsReadWholeInOneVersionOrStale() throws Exception {
    int size = 1 << 20;
    byte[][] contents = new byte[2][size];
    java.util.Arrays.fill(contents[1], (byte) 1);
    putFile("/f", contents[0]);
    int good = 0;
    try (Disturber writer =
        Disturber.start(
            i -> {
              Path next = root.resolve("next");
              Files.write(next, contents[i & 1]);
              Files.setLastModifiedTime(next, FileTime.fromMillis(1_000_000_000_000L + i));
              Files.move(next, root.resolve("f"), java.nio.file.StandardCopyOption.ATOMIC_MOVE);
            })) {
      for (int i = 0; i < 400; i++) {
        ByteBuffer target = ByteBuffer.allocate(size);
        try {
          Attributes attributes = ufs().stat(path("/f"));
          ufs().read(path("/f"), attributes.version(), 0, target);
          assertThat(target.array()).isIn((Object[]) contents);
          good++;
        } catch (UfsException e) {
          assertThat(e.code()).isIn(ErrorCode.STALE, ErrorCode.UFS_FAILED);
        }
      }
      assertThat(writer.rounds()).isPositive();
    }
    assertThat(good).isPositive();
  }

  private boolean isStale(Attributes of) throws Exception {
    try {
      ufs().read(path("/f"), of.version(), 0, ByteBuffer.allocate((int) of.size()));
      return false;
    } catch (UfsException e) {
      assertThat(e.code()).isEqualTo(ErrorCode.STALE);
      return true;
    }
  }

  @Test
  void aRewriteInPlaceWithTheOldTimeAndSizeIsAnotherVersion() throws Exception {
    shell("echo AAAA > f && touch -d @1700000000 f");
    Attributes before = ufs().stat(path("/f"));
    TimeUnit.MILLISECONDS.sleep(20);
    shell("echo BBBB > f && touch -d @1700000000 f");
    Attributes after = ufs().stat(path("/f"));
    assertThat(after.mtimeNanos()).isEqualTo(before.mtimeNanos());
    assertThat(after.version()).isNotEqualTo(before.version());
    assertThat(isStale(before)).isTrue();
    assertThat(isStale(after)).isFalse();
  }

  @Test
  void anotherFileOfTheSameTimeAndSizeIsAnotherVersion() throws Exception {
    shell("echo AAAA > f && echo BBBB > g && touch -d @1700000000 f g");
    Attributes before = ufs().stat(path("/f"));
    shell("mv g f");
    assertThat(ufs().stat(path("/f")).version()).isNotEqualTo(before.version());
    assertThat(isStale(before)).isTrue();
  }

  @Test
  void versionsDifferByTimesThat64BitsOfNanosecondsDoNotHold() throws Exception {
    for (FileIdentity identity : FileIdentity.values()) {
      shell("echo AAAA > f && touch -d '2300-01-01 UTC' f");
      try (Ufs ufs = FileUfs.open(root, identity)) {
        Attributes before = ufs.stat(path("/f"));
        shell("touch -d '2301-06-01 UTC' f");
        Attributes after = ufs.stat(path("/f"));
        assertThat(after.version()).isNotEqualTo(before.version());
        assertThat(Era.seconds(after.mtimeNanos(), after.mtimeEra())).isEqualTo(10_458_374_400L);
      }
    }
  }

  @Test
  void byTimesACopyIsTheSameVersionAndByInodeItIsRefusedWithTheSettingToChange() throws Exception {
    shell("echo AAAA > f && mkdir ../copy && cp -p f ../copy/f");
    Path copy = temporary.resolve("copy");
    try (Ufs one = FileUfs.open(root, FileIdentity.TIMES);
        Ufs other = FileUfs.open(copy, FileIdentity.TIMES)) {
      FileVersion version = one.stat(path("/f")).version();
      assertThat(other.stat(path("/f")).version()).isEqualTo(version);
      other.read(path("/f"), version, 0, ByteBuffer.allocate(5));
    }
    try (Ufs other = FileUfs.open(copy)) {
      FileVersion version = ufs().stat(path("/f")).version();
      assertThatThrownBy(() -> other.read(path("/f"), version, 0, ByteBuffer.allocate(5)))
          .isInstanceOfSatisfying(
              UfsException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.STALE))
          .hasMessageContaining("railfs.worker.file-identity = times");
    }
  }

  @Test
  void theSameInodeRewrittenInPlaceDuringALargeReadIsStale() throws Exception {
    int size = 16 << 20;
    putFile("/f", new byte[size]);
    ByteBuffer target = ByteBuffer.allocateDirect(size);
    int stale = 0;
    for (int i = 1; i <= 30 || (stale == 0 && i < 100); i++) {
      // The kernel counts times of files in steps of a few milliseconds.
      TimeUnit.MILLISECONDS.sleep(20);
      FileVersion version = ufs().stat(path("/f")).version();
      CountDownLatch ready = new CountDownLatch(1);
      CountDownLatch reading = new CountDownLatch(1);
      byte value = (byte) i;
      // A read may take less than 2 ms: the rewrite begins after none to 1.4 of them.
      long pauseNanos = (i % 8) * 200_000L;
      CompletableFuture<Void> rewritten =
          CompletableFuture.runAsync(() -> rewrite(size, value, ready, reading, pauseNanos));
      assertThat(ready.await(20, TimeUnit.SECONDS)).isTrue();
      target.clear();
      reading.countDown();
      try {
        ufs().read(path("/f"), version, 0, target);
        for (int at = 0; at < size; at += 4_096) {
          assertThat(target.get(at)).as("byte %d of one version", at).isEqualTo((byte) (i - 1));
        }
      } catch (UfsException e) {
        assertThat(e.code()).isEqualTo(ErrorCode.STALE);
        stale++;
      }
      rewritten.get(20, TimeUnit.SECONDS);
    }
    assertThat(stale).isPositive();
  }

  /** Has all it needs before it says that it is ready: only the writing is left for the race. */
  private void rewrite(
      int size, byte value, CountDownLatch ready, CountDownLatch reading, long pauseNanos) {
    byte[] content = new byte[64 << 10];
    java.util.Arrays.fill(content, value);
    ByteBuffer piece = ByteBuffer.allocateDirect(content.length).put(content);
    try (FileChannel file = FileChannel.open(root.resolve("f"), StandardOpenOption.WRITE)) {
      ready.countDown();
      assertThat(reading.await(20, TimeUnit.SECONDS)).isTrue();
      LockSupport.parkNanos(pauseNanos);
      for (long at = 0; at < size; at += content.length) {
        piece.rewind();
        while (piece.hasRemaining()) {
          file.write(piece, at + piece.position());
        }
      }
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void whatLiesDeeperThanTheKernelsLongestPathIsListedStattedAndRead() throws Exception {
    shell(
        """
        for i in $(seq -w 26); do
          mkdir d$i$(printf 'x%.0s' {1..153}) && cd d$i* && echo deep > f && ln -s f s
        done
        setfattr -n user.label -v cat f
        """);
    RailPath directory = RailPath.ROOT;
    for (int i = 1; i <= 26; i++) {
      directory = directory.childOfLatin1("d%02d".formatted(i) + "x".repeat(153));
      assertThat(list(ufs(), directory.latin1())).hasSize(i < 26 ? 3 : 2);
      RailPath file = directory.childOfLatin1("f");
      Attributes attributes = ufs().stat(file);
      ufs().read(file, attributes.version(), 0, ByteBuffer.allocate(5));
      assertThat(ufs().stat(directory.childOfLatin1("s")).symlinkTarget().toStringUtf8())
          .isEqualTo("f");
    }
    assertThat(root.toString().length() + directory.latin1().length()).isGreaterThan(4_095);
    assertThat(ufs().xattrs(directory.childOfLatin1("f"))).hasSize(1);
    // Java's own clean-up has no way down there.
    shell("rm -rf d*");
  }
}
