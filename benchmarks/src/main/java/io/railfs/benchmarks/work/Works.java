package io.railfs.benchmarks.work;

import io.railfs.benchmarks.work.SmallFilesCase.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All works, by their letter on the page of results. */
public final class Works {
  private static final List<String> ALL =
      List.of("file", "N", "memfs", "railfs", "glusterfs", "moosefs", "sshfs", "alluxio");
  private static final List<String> MOUNTS =
      ALL.stream().filter(name -> !name.equals("N")).toList();
  private static final List<String> CACHED = List.of("memfs", "railfs-cached", "alluxio-cached");
  private static final List<String> LAYER = List.of("memfs", "null");
  private static final List<String> TRUSTING = List.of("railfs", "railfs-secret", "railfs-tls");
  private static final List<String> WITH_UFS = List.of("file", "railfs", "alluxio");

  /** What the works are, by letter. */
  public static final Map<String, String> TITLES =
      new TreeMap<>(
          Map.of(
              "a", "Sequential, kernel and client cold, servers hot",
              "b", "Sequential, pages in the client's cache",
              "c", "Second read through the kernel's cache",
              "d", "Random reads, kernel cold, servers hot",
              "e", "Small files, client new, servers hot",
              "f", "Interleaved, strided and backward reads of one handle",
              "g", "Cold from the UFS",
              "n", "RailFS's FUSE layer over a source that answers at once",
              "t", "What the secret and TLS cost"));

  private Works() {}

  /**
   * The cases of each work.
   *
   * @param streams numbers of streams of the sequential works, of jobs of the random ones
   * @param coldNames files that nobody has seen
   */
  public static Map<String, List<Case>> of(Lab lab, List<Integer> streams, List<String> coldNames) {
    return new TreeMap<>(
        Map.of(
            "a", sequential(lab, "a", streams, ALL, true),
            "b", sequential(lab, "b", streams, CACHED, false),
            "c",
                List.of(
                    new SecondReadCase(
                        lab, new Metric("c/1", "1 stream", Unit.MEGABYTES_PER_SECOND), MOUNTS)),
            "d", random(lab, streams),
            "e", smallFiles(lab),
            "f", patterns(lab),
            "g",
                List.of(
                    new ColdCase(
                        lab,
                        new Metric("g/1", "1 stream", Unit.MEGABYTES_PER_SECOND),
                        WITH_UFS,
                        coldNames)),
            "n", layer(lab),
            "t", trust(lab)));
  }

  /** Files that nobody has seen which (g) needs. */
  public static int coldFiles(int repeats) {
    return ColdCase.WARM_PASSES + repeats;
  }

  private static List<Case> sequential(
      Lab lab, String letter, List<Integer> streams, List<String> contenders, boolean rotating) {
    List<Case> cases = new ArrayList<>();
    for (int count : streams) {
      Metric metric =
          new Metric(letter + "/" + count, counted(count, "stream"), Unit.MEGABYTES_PER_SECOND);
      cases.add(new SequentialCase(lab, metric, count, contenders, rotating));
    }
    return cases;
  }

  private static List<Case> random(Lab lab, List<Integer> jobs) {
    List<Case> cases = new ArrayList<>();
    for (int count : jobs) {
      for (String mode : List.of("buffered", "direct")) {
        cases.add(randomCase(lab, "d/cached/", 4, mode, count, CACHED));
      }
    }
    for (int kibibytes : List.of(4, 128, 1024)) {
      for (String mode : List.of("buffered", "direct", "mmap")) {
        for (int count : jobs) {
          cases.add(randomCase(lab, "d/", kibibytes, mode, count, MOUNTS));
        }
      }
    }
    return cases;
  }

  private static Case randomCase(
      Lab lab, String prefix, int kibibytes, String mode, int jobs, List<String> contenders) {
    boolean cached = !prefix.equals("d/");
    String title =
        "%d KiB, %s, %s%s"
            .formatted(
                kibibytes,
                mode,
                counted(jobs, "job"),
                cached && prefix.startsWith("d") ? ", pages in the client's cache" : "");
    Metric metric =
        new Metric(prefix + kibibytes + "k/" + mode + "/" + jobs, title, Unit.READS_PER_SECOND);
    return new RandomCase(
        lab, metric, new RandomCase.Shape(kibibytes << 10, mode, jobs, cached), contenders);
  }

  private static List<Case> layer(Lab lab) {
    return List.of(
        new SequentialCase(
            lab,
            new Metric("n/1", "sequential, 1 stream", Unit.MEGABYTES_PER_SECOND),
            1,
            LAYER,
            false),
        randomCase(lab, "n/", 4, "direct", 4, LAYER));
  }

  private static List<Case> trust(Lab lab) {
    List<Case> cases = new ArrayList<>(sequential(lab, "t", List.of(1, 4), TRUSTING, true));
    cases.add(randomCase(lab, "t/", 4, "direct", 4, TRUSTING));
    return cases;
  }

  private static List<Case> smallFiles(Lab lab) {
    return List.of(
        new SmallFilesCase(
            lab,
            "e/1k",
            "small/1k",
            List.of(Step.FIND_STAT, Step.FIND_STAT_AGAIN, Step.LS, Step.READ),
            MOUNTS),
        new SmallFilesCase(lab, "e/100k", "small/100k", List.of(Step.FIND, Step.READ), MOUNTS),
        new SmallFilesCase(lab, "e/100k-order", "small/100k", List.of(Step.READ_IN_ORDER), MOUNTS));
  }

  private static List<Case> patterns(Lab lab) {
    return List.of(
        pattern(lab, "interleaved", "two streams interleaved, 128 KiB", 128, 256),
        pattern(lab, "strided", "64 KiB in each MiB", 64, 64),
        pattern(lab, "backward", "128 KiB, from the end", 128, 128));
  }

  private static Case pattern(Lab lab, String kind, String title, int kibibytes, long mebibytes) {
    long bytes = Math.min(mebibytes << 20, lab.dataset().scale().fileSize() / 2);
    return new PatternCase(
        lab,
        new Metric("f/" + kind, title, Unit.MEGABYTES_PER_SECOND),
        kind,
        kibibytes << 10,
        bytes,
        MOUNTS);
  }

  private static String counted(int count, String noun) {
    return count == 1 ? "1 " + noun : count + " " + noun + "s";
  }
}
