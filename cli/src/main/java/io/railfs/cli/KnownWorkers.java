// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.client.ClientSettings;
import io.railfs.client.ClusterException;
import io.railfs.client.Endpoint;
import io.railfs.client.KnownCluster;
import io.railfs.client.connect.ClusterClient;
import io.railfs.configuration.Conf;
import io.railfs.supervision.system.CommandException;
import java.util.List;

/** The rpc endpoints of the workers, from wherever the settings say. */
final class KnownWorkers {
  private KnownWorkers() {}

  /** Fails: a setting is wrong, or etcd does not answer. */
  static List<String> of(Config config) throws CommandException {
    return cluster(config).workers().stream().map(Endpoint::toString).toList();
  }

  /** With those that are lost. Fails: as {@link #of}. */
  static KnownCluster cluster(Config config) throws CommandException {
    try {
      return ClusterClient.known(ClientSettings.of(config));
    } catch (ConfigException e) {
      throw CommandException.wrong(Conf.sentence(e), e);
    } catch (ClusterException e) {
      throw new CommandException(e.getMessage(), e);
    }
  }
}
