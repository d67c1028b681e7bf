package io.railfs.it.faults;

import io.railfs.it.ObjectStore;
import io.railfs.it.SlowWire;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;

/** What owns the stage's dataset: a directory, and an S3 server that workers reach by a wire. */
final class Ufs implements AutoCloseable {
  private static final int PORT = 9_000;

  private final Path root;
  private final Path next;
  private final ObjectStore store;
  private final Map<Sample, Integer> generations = new HashMap<>();

  /** Between the workers and the S3 server. */
  final SlowWire wire;

  Ufs(Path base, SwitchThread switches) throws IOException {
    this.root = Files.createDirectory(base.resolve("ufs"));
    this.next = base.resolve("ufs-next");
    try {
      this.store = ObjectStore.start(Files.createDirectory(base.resolve("s3")));
    } catch (IOException e) {
      throw e;
    } catch (Exception e) {
      throw new IOException("the S3 server does not start", e);
    }
    this.wire = new SlowWire(switches.listen(PORT), store.port());
    for (Area area : Area.values()) {
      if (!area.isOfObjects()) {
        Files.createDirectories(root.resolve(area.path()));
      }
    }
    for (Sample sample : Sample.ALL) {
      write(sample, 0);
    }
  }

  /** The settings of a worker that name it. */
  String settings() {
    return """
    railfs.worker {
      ufs = "file://%s"
      ufs-limits { attempt-timeout = 1s, concurrent-requests = 16 }
      mounts { "/objects" = { ufs = "s3://%s", ufs-options %s } }
    }
    """
        .formatted(
            root,
            ObjectStore.BUCKET,
            ObjectStore.conf(Hosts.address(Hosts.SWITCH) + ":" + PORT, ObjectStore.SECRET));
  }

  int generation(Sample sample) {
    return generations.get(sample);
  }

  /** Puts a generation of a sample in the place of the one that is there. */
  void write(Sample sample, int generation) throws IOException {
    byte[] content = Content.bytes(sample, generation);
    if (sample.area().isOfObjects()) {
      store.put(sample.path().substring("objects/".length()), content);
    } else {
      Files.write(next, content);
      Files.move(next, root.resolve(sample.path()), StandardCopyOption.ATOMIC_MOVE);
    }
    generations.put(sample, generation);
  }

  @Override
  public void close() {
    wire.close();
    store.close();
  }
}
