package io.railfs.cli;

import io.railfs.configuration.Conf;
import io.railfs.configuration.ConfException;
import io.railfs.configuration.ProcessRole;
import io.railfs.supervision.system.CommandException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** railfs umount. */
@Command(
    name = "umount",
    aliases = "unmount",
    description =
        "Unmounts and waits until the mount's process has gone. A busy mount is left as it is and"
            + " those who hold it are named.",
    mixinStandardHelpOptions = true)
final class UmountCommand implements Callable<Integer> {
  @Mixin private ConfOptions confOptions;

  @Option(
      names = {"-f", "--force"},
      description = "Even when it is busy or hangs: requests that wait fail, its process is ended.")
  private boolean force;

  @Option(
      names = {"-l", "--lazy"},
      description = "Takes it out of the tree now; its process goes on until the last user ends.")
  private boolean lazy;

  @Parameters(paramLabel = "MOUNTPOINT", description = "Where it is mounted.")
  private Path mountpoint;

  @Override
  public Integer call() throws ConfException, CommandException, InterruptedException {
    Conf conf = confOptions.load(ProcessRole.MOUNT, List.of());
    Unmounting unmounting = Unmounting.of(conf.config(), mountpoint);
    if (force) {
      unmounting.force();
    } else if (lazy) {
      unmounting.lazily();
    } else {
      unmounting.cleanly();
    }
    return 0;
  }
}
