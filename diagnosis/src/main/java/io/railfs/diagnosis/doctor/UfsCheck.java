// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.base.DocPage;
import io.railfs.worker.WorkerSettings;
import io.railfs.worker.namespace.Namespace;
import io.railfs.worker.namespace.UfsMount;
import io.railfs.worker.ufs.Listing;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.util.ArrayList;
import java.util.List;

/** Whether each UFS of this machine's worker conf answers, asked as the worker would ask it. */
final class UfsCheck {
  private static final String CHECK = "ufs-answers";
  private static final long TIMEOUT_MILLIS = 5_000;

  private UfsCheck() {}

  static List<Finding> look(Config worker) {
    List<Finding> findings = new ArrayList<>();
    try {
      for (UfsMount mount : WorkerSettings.of(worker).mounts()) {
        findings.add(look(mount));
      }
    } catch (ConfigException e) {
      // The conf check has said what is wrong with it.
      return List.of();
    }
    return findings;
  }

  private static Finding look(UfsMount mount) {
    String group = "ufs " + mount.at();
    try (Ufs ufs = Namespace.open(List.of(mount), TIMEOUT_MILLIS);
        Listing listing = ufs.list(mount.at())) {
      String seen = mount.uri() + (listing.next() == null ? " is empty" : " answers");
      return Finding.ok(group, CHECK, seen);
    } catch (UfsException e) {
      return Finding.problem(
          group,
          CHECK,
          e.getMessage(),
          DocPage.of("OBJECT-STORES.md") + " says what such an answer means");
    }
  }
}
