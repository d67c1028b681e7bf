// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import com.typesafe.config.ConfigException;
import io.railfs.base.FileFailure;
import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.csi.CsiDriver;
import io.railfs.csi.CsiSettings;
import io.railfs.supervision.logging.Logging;
import io.railfs.supervision.system.CommandException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** railfs csi: the only user of the driver's module. */
@Command(
    name = "csi",
    description =
        "Serves volumes of Kubernetes on this machine, in the foreground; the chart in"
            + " deploy/kubernetes starts it.",
    mixinStandardHelpOptions = true,
    footerHeading = "%nExamples:%n",
    footer = {
      "  railfs csi -c /etc/railfs/railfs-csi.conf",
      "  railfs csi -D csi.services=[provisioner]"
    })
final class CsiCommand implements Callable<Integer> {
  @Mixin private ConfOptions confOptions;

  @Override
  public Integer call() throws ConfException, CommandException, InterruptedException {
    Conf conf = confOptions.load(ProcessRole.CSI, List.of());
    CsiSettings settings = settings(conf);
    Logging.start(conf.config(), Optional.empty());
    CsiDriver driver;
    try {
      driver = CsiDriver.start(settings);
    } catch (IOException e) {
      throw new CommandException("the CSI driver cannot start: " + FileFailure.describe(e), e);
    }
    CountDownLatch closed = new CountDownLatch(1);
    Runtime.getRuntime().addShutdownHook(new Thread(() -> end(driver, closed), "railfs-stop"));
    // Until a signal comes.
    closed.await();
    return 0;
  }

  private static CsiSettings settings(Conf conf) throws CommandException {
    try {
      Logging.check(conf.config());
      return CsiSettings.of(conf.config());
    } catch (ConfigException e) {
      throw CommandException.wrong(Conf.sentence(e), e);
    }
  }

  private static void end(CsiDriver driver, CountDownLatch closed) {
    driver.close();
    Logging.stop();
    closed.countDown();
    // An orderly end is a success; the JVM would say 143.
    Runtime.getRuntime().halt(0);
  }
}
