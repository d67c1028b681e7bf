// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import io.railfs.client.ClientSettings;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.mount.MountSettings;
import io.railfs.worker.WorkerSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The conf files of this machine: whether they can be read, hold known keys only, and values that
 * are allowed.
 *
 * @param mount settings of a mount; the defaults where the file cannot be used
 * @param worker settings of a worker; empty where there is no such file, or it cannot be used
 */
record ConfFiles(List<Finding> findings, Config mount, Optional<Config> worker) {
  private static final String GROUP = "conf";
  private static final String ADVICE = "correct the line; 'railfs conf get' shows what is in force";

  /** Makes the settings records, which refuse wrong values. */
  private interface Reading {
    void of(Config config);
  }

  /**
   * Reads them.
   *
   * @param file of a mount, as a person named it; empty for the usual ones
   */
  static ConfFiles read(Optional<Path> file, List<String> overrides) {
    List<Finding> findings = new ArrayList<>();
    Optional<Conf> mount =
        load(
            ProcessRole.MOUNT,
            file,
            overrides,
            findings,
            config -> {
              ClientSettings.of(config);
              MountSettings.of(config);
            });
    Optional<Conf> worker =
        file.isPresent()
            ? Optional.empty()
            : load(ProcessRole.WORKER, file, overrides, findings, WorkerSettings::of);
    return new ConfFiles(
        List.copyOf(findings),
        mount.map(Conf::config).orElseGet(() -> ConfigFactory.defaultReference().resolve()),
        worker.filter(conf -> conf.file().isPresent()).map(Conf::config));
  }

  private static Optional<Conf> load(
      ProcessRole kind,
      Optional<Path> file,
      List<String> overrides,
      List<Finding> findings,
      Reading settings) {
    String check = kind.label() + "-conf";
    try {
      Conf conf = Conf.load(kind, file, overrides);
      if (kind == ProcessRole.WORKER && !hasUfs(conf.config())) {
        findings.add(Finding.ok(GROUP, check, "no worker is configured here: it has no UFS"));
        return Optional.empty();
      }
      if (conf.file().isPresent() || kind == ProcessRole.MOUNT) {
        settings.of(conf.config());
        findings.add(Finding.ok(GROUP, check, seen(conf)));
      }
      return Optional.of(conf);
    } catch (ConfException e) {
      findings.add(Finding.problem(GROUP, check, e.getMessage(), ADVICE));
    } catch (ConfigException e) {
      findings.add(Finding.problem(GROUP, check, Conf.sentence(e), ADVICE));
    }
    return Optional.empty();
  }

  /** The conf file as it is installed names none, and stays so where no worker is to run. */
  private static boolean hasUfs(Config config) {
    return !config.getString("railfs.worker.ufs").isBlank()
        || !config.getObject("railfs.worker.mounts").isEmpty();
  }

  private static String seen(Conf conf) {
    return conf.file().map(Path::toString).orElse("no " + conf.kind().fileName() + ": defaults");
  }
}
