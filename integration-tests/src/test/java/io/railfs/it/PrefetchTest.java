// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a real mount fetches for what real programs read. */
final class PrefetchTest {
  private static final long SPARSE = 1L << 30;
  private static final long WHOLE = 200L << 20;
  private static final int CHUNK = 16 << 10;
  private static final int FILES = 300;
  private static final int FILE = 20_000;

  private static MountEnvironment playground;

  @BeforeAll
  static void makeDataset() throws IOException {
    playground = MountEnvironment.create();
    for (String name : new String[] {"direct", "buffered", "records", "mapped"}) {
      Datasets.sparse(playground.dataset.resolve(name), SPARSE, 0);
    }
    Datasets.sparse(playground.dataset.resolve("whole"), WHOLE, 0);
    for (String directory : new String[] {"small", "heads"}) {
      Path small = Files.createDirectory(playground.dataset.resolve(directory));
      for (int i = 0; i < FILES; i++) {
        Datasets.file(small.resolve("sample-%03d".formatted(i)), FILE, i);
      }
    }
    playground.startWorker();
  }

  @AfterEach
  void unmount() {
    playground.unmount();
  }

  @AfterAll
  static void close() {
    playground.close();
  }

  /** What was fetched, and what of it ahead, since the mount began. */
  private record Fetched(long bytes, long ahead, long read, long wasted) {
    static Fetched now() {
      String text =
          playground.railfs("stats", "--once", "--json", playground.mountpoint).ok().out();
      Config mount = ConfigFactory.parseString(text).getConfigList("mounts").get(0);
      return new Fetched(
          mount.getConfigList("workers").stream()
              .mapToLong(worker -> worker.getLong("content_bytes"))
              .sum(),
          mount.getLong("prefetch_bytes"),
          mount.getLong("prefetch_read_bytes"),
          mount.getLong("prefetch_wasted_bytes"));
    }

    Fetched since(Fetched before) {
      return new Fetched(
          bytes - before.bytes, ahead - before.ahead, read - before.read, wasted - before.wasted);
    }
  }

  /** Runs a Python program whose argument is the mount; returns what it printed. */
  private static String python(String program) {
    return Shell.bash("python3 -c \"$1\" \"$2\"", program, playground.mountpoint).ok().out();
  }

  private static void randomReadsFetchTheirChunksOnly(String file, String flags) {
    Fetched before = Fetched.now();
    String chunks =
        python(
            """
            import mmap, os, random, sys
            fd = os.open(sys.argv[1] + '/%s', os.O_RDONLY | %s)
            page = mmap.mmap(-1, 4096)
            chunks = set()
            random.seed(5)
            for i in range(500):
                at = random.randrange(1, %d // 4096) * 4096
                assert os.preadv(fd, [page], at) == 4096
                chunks.add(at // 16384)
            print(len(chunks))
            """
                .formatted(file, flags, SPARSE));
    Fetched fetched = Fetched.now().since(before);
    assertThat(fetched.bytes()).isEqualTo(Long.parseLong(chunks.strip()) * CHUNK);
    assertThat(fetched.ahead()).isZero();
  }

  @Test
  void aRandomReadFetchesItsChunk() {
    playground.mount();
    randomReadsFetchTheirChunksOnly("direct", "os.O_DIRECT");
    randomReadsFetchTheirChunksOnly("buffered", "0");
  }

  @Test
  void aRandomReadFetchesItsChunkWithoutTheKernelsReadahead() {
    playground.mount("-D", "railfs.mount.readahead=0");
    randomReadsFetchTheirChunksOnly("direct", "os.O_DIRECT");
    randomReadsFetchTheirChunksOnly("buffered", "0");
  }

  /** Runs lines of Python on the bytes {@code data} of a mapped file of {@code size}. */
  private static void withMapped(String lines) {
    python(
        """
        import mmap, os, random, sys
        fd = os.open(sys.argv[1] + '/mapped', os.O_RDONLY)
        os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
        size = os.fstat(fd).st_size
        data = mmap.mmap(fd, size, prot=mmap.PROT_READ)
        """
            + lines);
  }

  /** Touches pages of a mapped file that are far apart; returns how many. */
  private static int touchMapped(int seed) {
    int touches = 200;
    withMapped(
        """
        random.seed(%d)
        for i in range(%d):
            data[random.randrange(1, size // 4096) * 4096]
        """
            .formatted(seed, touches));
    return touches;
  }

  /** Touches each page of runs of 128 KiB that are far apart. */
  private static void touchRuns(int seed) {
    withMapped(
        """
        places = list(range(size // 262144))
        random.Random(%d).shuffle(places)
        for place in places[:40]:
            for page in range(32):
                data[place * 262144 + page * 4096]
        """
            .formatted(seed));
  }

  /** The kernel's readahead of the mount, in KiB. */
  private static long readahead() throws IOException {
    String device =
        Files.readAllLines(Path.of("/proc/self/mountinfo")).stream()
            .map(line -> line.split(" ", -1))
            .filter(fields -> fields[4].equals(playground.mountpoint.toString()))
            .map(fields -> fields[2])
            .reduce("", (first, second) -> second);
    return Long.parseLong(
        Files.readString(Path.of("/sys/class/bdi/" + device + "/read_ahead_kb")).strip());
  }

  @Test
  void aFileThatWasReadByMappingIsReadInSmallPiecesWhenItIsOpenedAgain() throws Exception {
    playground.mount();
    touchMapped(1);
    // What the first reader showed is confirmed by a thread of its own.
    for (int round = 2; round < 20 && readahead() != 4; round++) {
      Thread.sleep(100);
      touchMapped(round);
    }
    assertThat(readahead()).as("KiB, after a mapped file was opened again").isEqualTo(4);
    int touches = touchMapped(99);
    Fetched before = Fetched.now();
    touchMapped(100);
    Fetched small = Fetched.now().since(before);
    assertThat(small.bytes()).as("a chunk each").isLessThan(touches * 20_000L);
    assertThat(small.ahead()).as("fetched ahead of a random reader").isLessThan(touches * 16_384L);

    Shell.bash("cat \"$1/whole\" > /dev/null", playground.mountpoint).ok();
    assertThat(readahead()).as("KiB, of a file that is read as a stream").isEqualTo(512);

    // Runs of 128 KiB: the kernel reads as much around a page the next time.
    touchRuns(1);
    touchRuns(2);
    assertThat(readahead()).as("KiB, after runs of 128 KiB were touched").isEqualTo(128);

    // A program that reads the mapped file as a stream: it was opened small, the next time not.
    String stream = "head -c 64M \"$1/mapped\" > /dev/null";
    Shell.bash(stream, playground.mountpoint).ok();
    Shell.bash(stream, playground.mountpoint).ok();
    assertThat(readahead()).as("KiB, after it was read as a stream").isEqualTo(512);
  }

  @Test
  void streamsThatEndInTheMiddleWasteLittle() {
    playground.mount();
    Fetched before = Fetched.now();
    python(
        """
        import os, sys, threading
        fds = [os.open(sys.argv[1] + '/records', os.O_RDONLY) for i in range(32)]
        def read(i):
            for at in range(0, 16 << 20, 1 << 20):
                assert len(os.pread(fds[i], 1 << 20, (i << 25) + (4 << 20) + at)) == 1 << 20
        threads = [threading.Thread(target=read, args=(i,)) for i in range(31)]
        [t.start() for t in threads]
        [t.join() for t in threads]
        """);
    Fetched fetched = Fetched.now().since(before);
    long read = 31L * (16 << 20);
    assertThat(fetched.bytes()).isBetween(read, read + read / 10 + (31L << 19));
  }

  /** Runs a command on the directory of small files with caches that are empty; what it fetched. */
  private static Fetched cold(String command) {
    playground.mount();
    Fetched before = Fetched.now();
    Shell.bash(command, playground.mountpoint).ok();
    return Fetched.now().since(before);
  }

  @Test
  void aTarOfADirectoryFetchesEachByteOnceAndMostOfThemAhead() {
    // What tar reads goes through a pipe: it does not read files that it writes to /dev/null.
    Fetched tar = cold("tar -C \"$1\" -cf - small | cat > /dev/null");
    assertThat(tar.bytes()).isEqualTo((long) FILES * FILE);
    assertThat(tar.ahead()).isGreaterThan((long) FILES * FILE / 2);
    assertThat(tar.wasted()).isZero();
  }

  @Test
  void severalReadersOfOneDirectoryFetchEachByteOnceAndWasteNothing() {
    Fetched together =
        cold(
            "cd \"$1/small\" && for i in 0 1 2 3; do ls | awk -v i=$i 'int((NR - 1) / 75) == i'"
                + " | xargs cat > /dev/null & done; wait");
    assertThat(together.bytes()).isBetween((long) FILES * FILE, (long) FILES * FILE * 21 / 20);
    assertThat(together.wasted()).isLessThan((long) FILES * FILE / 20);
  }

  @Test
  void aShuffledEpochThatIsReadForTheFirstTimeWastesNextToNothing() {
    Fetched shuffled =
        cold("cd \"$1/small\" && ls | shuf --random-source=<(yes) | xargs cat > /dev/null");
    assertThat(shuffled.bytes()).isBetween((long) FILES * FILE, (long) FILES * FILE * 21 / 20);
    assertThat(shuffled.wasted()).isLessThan((long) FILES * FILE / 20);
  }

  @Test
  void whatFollowsIsForeseenWithoutWaste() {
    long ahead = smallFilesAheadOfReader();
    // Where a thread that fetches ahead stood still, the reader was the quicker one.
    for (int i = 0; i < 3 && ahead <= (long) FILES * FILE * 9 / 10; i++) {
      playground.unmount();
      ahead = smallFilesAheadOfReader();
    }
    assertThat(ahead).isGreaterThan((long) FILES * FILE * 9 / 10);
  }

  /** Reads a large file and then small ones by a new mount; bytes of these fetched ahead. */
  private static long smallFilesAheadOfReader() {
    playground.mount();
    Fetched start = Fetched.now();
    Shell.bash("cat \"$1/whole\" > /dev/null", playground.mountpoint).ok();
    Fetched whole = Fetched.now();
    assertThat(whole.since(start).bytes()).as("a file read whole").isEqualTo(WHOLE);
    assertThat(whole.since(start).read()).isGreaterThan(WHOLE / 2);
    Shell.bash("cat \"$1\"/small/* > /dev/null", playground.mountpoint).ok();
    Fetched small = Fetched.now().since(whole);
    assertThat(small.bytes()).as("small files by name").isEqualTo((long) FILES * FILE);
    assertThat(Fetched.now().wasted()).isZero();
    return small.ahead();
  }

  @Test
  void recordsAtAConstantDistanceAndBackwardReadsAreForeseenWithLittleWaste() {
    playground.mount();
    Fetched start = Fetched.now();
    python(
        """
        import os, sys
        fd = os.open(sys.argv[1] + '/records', os.O_RDONLY)
        for i in range(1, 400):
            assert len(os.pread(fd, 65536, i * 1000000)) == 65536
        for i in range(1, 1000):
            assert len(os.pread(fd, 65536, (1 << 30) - i * 65536)) == 65536
        os.close(fd)
        """);
    Fetched fetched = Fetched.now().since(start);
    assertThat(fetched.read()).isGreaterThan(1200L * 65536);
    assertThat(fetched.bytes()).isLessThan(1400L * 65536 * 3 / 2);
  }

  @Test
  void headsOfFilesAreNotTakenForFilesReadWhole() {
    playground.mount();
    python(
        """
        import mmap, os, sys
        page = mmap.mmap(-1, 4096)
        for name in sorted(os.listdir(sys.argv[1] + '/heads')):
            fd = os.open(sys.argv[1] + '/heads/' + name, os.O_RDONLY | os.O_DIRECT)
            assert os.preadv(fd, [page], 8192) == 4096
            os.close(fd)
        """);
    assertThat(Fetched.now().ahead()).isZero();
  }

  @Test
  void theOrderOfTheLastEpochIsForeseenAndAnotherOneCostsNextToNothing() {
    // A page cache smaller than the dataset, whose 300 files take 300 pages.
    playground.mount("-D", "railfs.mount.memory-limit=250MiB", "-D", "railfs.mount.threads=4");
    epoch(1);
    Fetched again = epoch(1);
    assertThat(again.ahead()).isGreaterThan(again.bytes() * 2 / 3);
    assertThat(again.bytes()).isGreaterThan((long) FILES * FILE / 2);
    Fetched other = epoch(2);
    assertThat(other.ahead()).isLessThan((long) FILES * FILE / 5);
  }

  /** Reads all files in a shuffled order, past what the kernel keeps. */
  private static Fetched epoch(int seed) {
    Fetched before = Fetched.now();
    python(
        """
        import os, random, sys
        order = ['%%s/small/sample-%%03d' %% (sys.argv[1], i) for i in range(%d)]
        random.Random(%d).shuffle(order)
        for name in order:
            fd = os.open(name, os.O_RDONLY)
            assert len(os.read(fd, 1 << 20)) == %d
            os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
            os.close(fd)
        """
            .formatted(FILES, seed, FILE));
    return Fetched.now().since(before);
  }
}
