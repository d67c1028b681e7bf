// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.connect.ClusterClient;
import io.railfs.mount.cache.Entry;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PageCache;
import io.railfs.mount.fs.NameScratch;
import io.railfs.mount.fs.OpenDirectory;
import io.railfs.mount.fs.RailFileSystem;
import io.railfs.mount.nodes.NodeTable;
import io.railfs.mount.prefetch.PrefetchSettings;
import io.railfs.protocol.RailPath;
import io.railfs.worker.Worker;
import io.railfs.worker.WorkerSettings;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a worker remembers of a store that says nobody of changes, and mounts that refresh. Without
 * a kernel.
 */
@Timeout(600)
final class RememberedRefreshTest {
  private static final Duration BELIEVED = Duration.ofMinutes(5);
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @Test
  void whoRefreshesIsToldOfWhatIsThereNowAndWhoComesLaterToo(@TempDir Path directory)
      throws Exception {
    try (ObjectStore store =
            ObjectStore.start(Files.createDirectory(directory.resolve("objects")));
        Worker worker = Worker.start(worker(store, directory.resolve("store")));
        View one = new View(worker);
        View other = new View(worker)) {
      store.put("train/deep/old", new byte[1]);
      assertThat(one.list("train/deep")).containsExactly("old");
      assertThat(other.list("train/deep")).containsExactly("old");
      assertThat(read(worker)).as("one listing of the store for both").isEqualTo(1);

      store.put("train/deep/new", new byte[1]);
      assertThat(one.list("train/deep")).as("what is known is believed").containsExactly("old");
      one.refresh("/train/deep", false);
      assertThat(one.list("train/deep")).containsExactly("new", "old");
      assertThat(read(worker)).isEqualTo(2);

      store.put("train/deep/newer", new byte[1]);
      other.refresh("/", true);
      assertThat(other.list("train/deep"))
          .as("not what the worker remembers for the first one")
          .containsExactly("new", "newer", "old");
      assertThat(read(worker)).isEqualTo(3);
      try (View late = new View(worker)) {
        assertThat(late.list("train/deep")).containsExactly("new", "newer", "old");
      }
      assertThat(read(worker)).isEqualTo(3);
    }
  }

  /** How often the store was listed. */
  private static long read(Worker worker) throws Exception {
    return Metrics.of(worker).value("railfs_worker_listings_requests_total", "ufs");
  }

  private static WorkerSettings worker(ObjectStore store, Path directory) {
    return WorkerSettings.of(
        config(
            """
            railfs.worker {
              ufs = "s3://%s", ufs-options %s
              rpc.bind { host = 127.0.0.1, port = 0 }, data.bind { host = 127.0.0.1, port = 0 }
              web.bind { host = 127.0.0.1, port = 0 }, rest.enabled = false, drain-timeout = 0s
              store { directories = ["%s"], capacity = 64MiB }
            }
            """
                .formatted(ObjectStore.BUCKET, store.conf(ObjectStore.SECRET), directory)));
  }

  private static Config config(String text) {
    return ConfigFactory.parseString(text).withFallback(ConfigFactory.load());
  }

  /** A mount but for the kernel. */
  private static final class View implements AutoCloseable {
    private final NameScratch scratch = new NameScratch();
    private final Cluster cluster;
    private final RailFileSystem files;

    View(Worker worker) throws Exception {
      cluster =
          ClusterClient.connect(
              ClientSettings.of(
                  config(
                      """
                      railfs.client { threads = 1, connect-timeout = 60s }
                      railfs.workers = ["127.0.0.1:%d"]
                      """
                          .formatted(worker.rpcPort()))));
      files =
          new RailFileSystem(
              cluster.metadata(),
              cluster.pages(),
              new MetadataCache(1 << 20, 1 << 20, BELIEVED, Duration.ofSeconds(5)),
              new PageCache(32L << 20, 64),
              new RailFileSystem.Settings(
                  new PrefetchSettings(1 << 20, 8 << 20, 64, 1000, 1000),
                  TIMEOUT,
                  TIMEOUT,
                  RailFileSystem.SOON,
                  1 << 20,
                  1000));
    }

    Set<String> list(String path) throws Exception {
      long node = NodeTable.ROOT;
      for (String name : path.split("/", -1)) {
        byte[] bytes = name.getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(bytes, 0, scratch.name(), 0, bytes.length);
        scratch.setNameLength(bytes.length);
        assertThat(files.lookup(node, scratch)).as(name).isTrue();
        node = scratch.node();
      }
      long handle = files.openDirectory(node, scratch).handle();
      Set<String> names = new TreeSet<>();
      long[] from = {2};
      long before = 0;
      while (from[0] != before) {
        before = from[0];
        files.directory(handle).read(from[0], new Entry(), reader(names, from));
      }
      files.releaseDirectory(handle);
      return names;
    }

    private static OpenDirectory.Reader reader(Set<String> names, long[] from) {
      return new OpenDirectory.Reader() {
        @Override
        public boolean special(String name, long inode, long next) {
          return true;
        }

        @Override
        public boolean entry(
            byte[] bytes, int start, int length, Entry entry, long inode, long next) {
          names.add(new String(bytes, start, length, StandardCharsets.ISO_8859_1));
          from[0] = next;
          return true;
        }
      };
    }

    void refresh(String path, boolean recursive) throws Exception {
      files.refresh(RailPath.of(path), recursive, TIMEOUT);
    }

    @Override
    public void close() {
      cluster.close();
      files.shutdown();
    }
  }
}
