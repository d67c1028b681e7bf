package io.railfs.benchmarks.work;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** All works, by their letter on the page of results. */
public final class Works {
  private static final List<String> ALL =
      List.of("file", "N", "memfs", "railfs", "glusterfs", "moosefs", "sshfs", "alluxio");

  private static final List<String> CACHED = List.of("memfs", "railfs-cached", "alluxio-cached");

  private Works() {}

  /**
   * The cases of each work.
   *
   * @param streams numbers of streams of the sequential works
   */
  public static Map<String, List<Case>> of(Lab lab, List<Integer> streams) {
    Map<String, List<Case>> works = new TreeMap<>();
    List<Case> sequential = new ArrayList<>();
    List<Case> cached = new ArrayList<>();
    for (int count : streams) {
      sequential.add(
          new SequentialCase(
              lab,
              new Metric("a/" + count, streamsOf(count), Unit.MEGABYTES_PER_SECOND),
              count,
              ALL,
              true));
      cached.add(
          new SequentialCase(
              lab,
              new Metric("b/" + count, streamsOf(count), Unit.MEGABYTES_PER_SECOND),
              count,
              CACHED,
              false));
    }
    works.put("a", sequential);
    works.put("b", cached);
    return works;
  }

  private static String streamsOf(int count) {
    return count == 1 ? "1 stream" : count + " streams";
  }
}
