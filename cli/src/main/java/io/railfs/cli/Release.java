package io.railfs.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** Which RailFS this is, as the build wrote it down. */
final class Release implements IVersionProvider {
  /** "0.1.0". */
  static String version() throws IOException {
    try (InputStream in = Release.class.getResourceAsStream("release.properties")) {
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    }
  }

  @Override
  public String[] getVersion() throws IOException {
    return new String[] {"railfs " + version()};
  }
}
