// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.ConfigException;
import io.railfs.client.ClientSettings;
import io.railfs.client.Cluster;
import io.railfs.client.ClusterException;
import io.railfs.client.WorkerStores;
import io.railfs.client.connect.ClusterClient;
import io.railfs.configuration.Conf;
import io.railfs.supervision.system.CommandException;
import java.time.Duration;
import java.util.Map;
import picocli.CommandLine.ExitCode;

/** Opens every block of every worker to eviction again. */
final class UnpinAll {
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private UnpinAll() {}

  /** Returns the command's exit code. */
  static int run(Conf conf, boolean json) throws CommandException {
    try (Cluster cluster = ClusterClient.connect(ClientSettings.of(conf.config()))) {
      WorkerStores stores = cluster.stores();
      long unpinned = 0;
      for (int worker = 0; worker < stores.workers().size(); worker++) {
        unpinned += stores.unpinAll(worker, TIMEOUT).getUnpinnedBlocks();
      }
      if (json) {
        JsonOutput.print(Map.of("unpinned_blocks", unpinned));
      } else {
        System.out.printf("%d blocks unpinned%n", unpinned);
      }
      return ExitCode.OK;
    } catch (ConfigException e) {
      throw CommandException.wrong(Conf.sentence(e), e);
    } catch (ClusterException e) {
      throw new CommandException(e.getMessage(), e);
    }
  }
}
