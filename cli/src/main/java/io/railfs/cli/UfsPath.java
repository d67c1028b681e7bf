// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.client.ClientSettings;
import io.railfs.client.ClusterException;
import io.railfs.client.Endpoint;
import io.railfs.client.connect.ClusterClient;
import io.railfs.client.probe.StatusProbe;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.trust.Side;
import io.railfs.fabric.trust.Trust;
import io.railfs.fabric.trust.TrustSettings;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** A path as a worker has it in its UFS, where one of the dataset was expected. */
final class UfsPath {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final String FILE = "file:";

  private UfsPath() {}

  /**
   * A message for a path that is not in the dataset, but below the directory that a worker serves.
   */
  static Optional<String> sentence(Config config, String path) {
    return meant(config, path)
        .map(
            inside ->
                "%s is the path at the worker; in the dataset it is %s".formatted(path, inside));
  }

  private static Optional<String> meant(Config config, String path) {
    try (Trust trust = Trust.open(TrustSettings.of(config), Side.CLIENT)) {
      for (Endpoint worker : ClusterClient.look(ClientSettings.of(config))) {
        Optional<String> inside = inside(ufs(worker, trust), path);
        if (inside.isPresent()) {
          return inside;
        }
      }
    } catch (ConfigException | ClusterException | FabricException e) {
      // The sentence is about the path; the cluster has answered a moment ago.
      return Optional.empty();
    }
    return Optional.empty();
  }

  private static String ufs(Endpoint worker, Trust trust) {
    try {
      return StatusProbe.status(worker, trust, TIMEOUT).getUfs();
    } catch (IOException e) {
      // Another one may answer.
      return "";
    }
  }

  /**
   * The path in the dataset.
   *
   * @param ufs what a worker serves
   */
  static Optional<String> inside(String ufs, String path) {
    if (!ufs.startsWith(FILE)) {
      return Optional.empty();
    }
    try {
      Path root = Path.of(URI.create(ufs).getPath());
      Path named = Path.of(path).normalize();
      return named.startsWith(root) && !named.equals(root)
          ? Optional.of("/" + root.relativize(named))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      // Several directories, or a spelling of an older worker.
      return Optional.empty();
    }
  }
}
