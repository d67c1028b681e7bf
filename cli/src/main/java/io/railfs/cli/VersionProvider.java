package io.railfs.cli;

import io.railfs.base.Release;
import picocli.CommandLine.IVersionProvider;

/** What {@code railfs --version} prints. */
final class VersionProvider implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"railfs " + Release.VERSION};
  }
}
