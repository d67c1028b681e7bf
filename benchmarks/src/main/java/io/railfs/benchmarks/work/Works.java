// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.work;

import io.railfs.benchmarks.contender.Unseen;
import io.railfs.benchmarks.work.SmallFilesCase.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All works, by their letter on the page of results. */
public final class Works {
  private static final List<String> ALL =
      List.of(
          "file",
          "N",
          "memfs",
          "railfs",
          "railfs-local",
          "glusterfs",
          "moosefs",
          "sshfs",
          "alluxio");

  /** Those of the works that are no matter of the transport. */
  private static final List<String> MOUNTS =
      ALL.stream().filter(name -> !name.equals("N") && !name.equals("railfs-local")).toList();

  private static final List<String> MOUNTS_AND_LOCAL =
      ALL.stream().filter(name -> !name.equals("N")).toList();
  private static final List<String> CACHED = List.of("memfs", "railfs-cached", "alluxio-cached");
  private static final List<String> LAYER = List.of("memfs", "null");
  private static final List<String> TRUSTING = List.of("railfs", "railfs-secret", "railfs-tls");
  private static final List<String> WITH_UFS = List.of("file", "railfs", "alluxio");

  /** What the works are, by letter. */
  public static final Map<String, String> TITLES =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("a", "Sequential, kernel and client cold, servers hot"),
              Map.entry("b", "Sequential, pages in the client's cache"),
              Map.entry("c", "Second read through the kernel's cache"),
              Map.entry("d", "Random reads, kernel cold, servers hot"),
              Map.entry("e", "Small files, client new, servers hot"),
              Map.entry("f", "Interleaved, strided and backward reads of one handle"),
              Map.entry("g", "Cold from the UFS"),
              Map.entry("h", "Small files that no cache has seen"),
              Map.entry("n", "RailFS's FUSE layer over a source that answers at once"),
              Map.entry("s", "Cold from S3, large files"),
              Map.entry("t", "What the secret and TLS cost")));

  private static final List<String> ON_S3 = List.of("sdk", "railfs-s3");
  private static final List<String> MOUNTS_ON_S3 = List.of("sdk", "railfs-s3", "s3fs", "rclone");
  private static final List<Integer> STREAMS_OF_S3 = List.of(1, 4, 16);
  private static final List<Integer> STREAMS_OF_A_DIRECTORY = List.of(1, 4);

  private Works() {}

  /**
   * The cases of each work.
   *
   * @param streams numbers of streams of the sequential works, of jobs of the random ones
   * @param unseen names that nobody has seen
   */
  public static Map<String, List<Case>> of(Lab lab, List<Integer> streams, Unseen unseen) {
    Map<String, List<Case>> works = new TreeMap<>();
    works.put("a", sequential(lab, "a", streams, ALL, true));
    works.put("b", sequential(lab, "b", streams, CACHED, false));
    works.put("c", List.of(new SecondReadCase(lab, rate("c", 1), MOUNTS)));
    works.put("d", random(lab, streams));
    works.put("e", smallFiles(lab));
    works.put("f", patterns(lab));
    works.put("g", cold(lab, "g", STREAMS_OF_A_DIRECTORY, WITH_UFS, unseen.files()));
    works.put("h", unseenFiles(lab, unseen));
    works.put("n", layer(lab));
    works.put("s", cold(lab, "s", STREAMS_OF_S3, MOUNTS_ON_S3, unseen.objects()));
    works.put("t", trust(lab));
    return works;
  }

  private static Metric rate(String letter, int streams) {
    return new Metric(
        letter + "/" + streams, counted(streams, "stream"), Unit.MEGABYTES_PER_SECOND);
  }

  /** Files that nobody has seen which (g) needs. */
  public static int coldFiles(int repeats) {
    return STREAMS_OF_A_DIRECTORY.size() * passes(repeats);
  }

  private static int passes(int repeats) {
    return Lab.JVM_PASSES + repeats;
  }

  /** The same of (s). */
  public static int coldObjects(int repeats) {
    return STREAMS_OF_S3.size() * passes(repeats);
  }

  /** How often (h) renames a tree: each contender of each of its ten cases. */
  public static int coldTrees(int repeats) {
    return 10 * WITH_UFS.size() * passes(repeats);
  }

  /** Each case has files of its own, as a file is unseen once. */
  private static List<Case> cold(
      Lab lab, String letter, List<Integer> streams, List<String> contenders, List<String> names) {
    List<Case> cases = new ArrayList<>();
    int each = names.size() / streams.size();
    for (int count : streams) {
      List<String> own = names.subList(cases.size() * each, (cases.size() + 1) * each);
      cases.add(new ColdCase(lab, rate(letter, count), count, contenders, own));
    }
    return cases;
  }

  private static List<Case> unseenFiles(Lab lab, Unseen unseen) {
    List<Case> cases = new ArrayList<>();
    for (String prefix : List.of("h/", "h/s3/")) {
      List<String> contenders = prefix.equals("h/") ? WITH_UFS : ON_S3;
      for (String tree : List.of("1k", "100k")) {
        for (int readers : List.of(1, 16)) {
          Metric metric =
              new Metric(
                  prefix + tree + "/" + readers,
                  tree.replace("k", " KiB, shuffled, ") + counted(readers, "reader"),
                  Unit.FILES_PER_SECOND);
          cases.add(new UnseenFilesCase(lab, metric, contenders, unseen.trees(), tree, readers));
        }
      }
      Metric metric = new Metric(prefix + "load", "railfs load, 1 KiB", Unit.FILES_PER_SECOND);
      List<String> loading = prefix.equals("h/") ? List.of("railfs") : ON_S3;
      cases.add(new UnseenLoadCase(lab, metric, loading, unseen.trees()));
    }
    return cases;
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
      List<String> contenders = kibibytes == 4 ? MOUNTS_AND_LOCAL : MOUNTS;
      for (String mode : List.of("buffered", "direct", "mmap")) {
        for (int count : kibibytes == 4 ? jobs : fewestAndMost(jobs)) {
          cases.add(randomCase(lab, "d/", kibibytes, mode, count, contenders));
        }
      }
    }
    return cases;
  }

  /** Of large blocks what is between says nothing more. */
  private static List<Integer> fewestAndMost(List<Integer> jobs) {
    return jobs.size() < 2 ? jobs : List.of(jobs.get(0), jobs.get(jobs.size() - 1));
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
