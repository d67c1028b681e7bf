package io.railfs.cli;

import io.railfs.http.Json;
import io.railfs.mount.Mount;
import io.railfs.mount.MountTelemetry;
import io.railfs.mount.fs.Refreshed;
import io.railfs.protocol.RailPath;
import io.railfs.supervision.control.ControlOperations;
import io.railfs.supervision.control.RefreshCounts;

/** What a mount answers to the commands of its machine. */
record MountControl(Mount mount, MountTelemetry telemetry) implements ControlOperations {
  @Override
  public String numbers() {
    return Json.text(StatsJson.of(mount.stats(), telemetry.url()));
  }

  @Override
  public RefreshCounts refresh(RailPath path, boolean recursive) throws InterruptedException {
    Refreshed refreshed = mount.refresh(path, recursive);
    return new RefreshCounts(refreshed.names(), refreshed.listings(), refreshed.attributes());
  }
}
