package io.railfs.benchmarks.work;

import io.railfs.benchmarks.contender.Contender;
import io.railfs.benchmarks.system.BenchException;
import io.railfs.benchmarks.system.Command;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** (g): a file that no cache has ever seen, from the UFS, whose pages the kernel has. */
final class ColdCase implements Case {
  static final int WARM_PASSES = 4;

  private static final Duration LIMIT = Duration.ofMinutes(2);

  private final Lab lab;
  private final Metric metric;
  private final List<String> contenders;
  private final List<String> names;
  private final Map<Contender, Deque<String>> unseen = new HashMap<>();
  private String next = "";

  /**
   * @param names relative to the root, enough for all passes of one contender
   */
  ColdCase(Lab lab, Metric metric, List<String> contenders, List<String> names) {
    this.lab = lab;
    this.metric = metric;
    this.contenders = contenders;
    this.names = List.copyOf(names);
  }

  @Override
  public String id() {
    return metric.id();
  }

  @Override
  public List<String> contenders() {
    return contenders;
  }

  @Override
  public void warmUp(Contender contender) throws BenchException, InterruptedException {
    for (int i = 0; i < WARM_PASSES; i++) {
      prepare(contender);
      measure(contender);
    }
  }

  /** What the last load wrote goes to the disk now and not during the next. */
  @Override
  public void prepare(Contender contender) throws BenchException, InterruptedException {
    Deque<String> left = unseen.computeIfAbsent(contender, c -> new ArrayDeque<>(names));
    if (left.isEmpty()) {
      throw new BenchException("there is no further file that nobody has seen");
    }
    next = contender.root().resolve(left.remove()).toString();
    Command.run(LIMIT, List.of("sync"));
  }

  @Override
  public List<Sample> measure(Contender contender) throws BenchException, InterruptedException {
    return List.of(lab.read(contender, "seq", 1, Lab.MEBIBYTE, next).sample(metric));
  }
}
