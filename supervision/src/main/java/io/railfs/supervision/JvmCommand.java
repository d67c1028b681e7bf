// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The command line of a RailFS JVM that serves, as this JVM was started by the launcher. */
public final class JvmCommand {
  /** Set by the launcher: its archive of classes. */
  private static final String CDS = "railfs.cds";

  /**
   * Set by the launcher: from JDK 25 on, the directory of what processes have learnt, for each
   * command a cache of its classes and of how its code runs.
   */
  private static final String LEARNT = "railfs.learnt";

  /** Set by the launcher: where processes write such caches at their end. */
  private static final String LEARNS = "railfs.learns";

  private static final String WITHOUT_C2 = "-XX:TieredStopAtLevel=1";
  private static final String HOME = "railfs.home";

  /** An archive that cannot be used costs time only; newer JVMs would print that as an error. */
  private static final String ERRORS_BUT_OF_THE_ARCHIVE =
      Runtime.version().feature() >= 25
          ? "-Xlog:all=error,cds*=off,aot*=off:stderr"
          : "-Xlog:all=error,cds*=off:stderr";

  private static final int MEMORY_ACCESS_FLAG_SINCE = 24;

  private JvmCommand() {}

  /**
   * The flags that each of our JVMs gets beside its memory.
   *
   * @param command the first argument, such as "mount"
   * @param memory flags of heap and buffers
   */
  public static List<String> flags(String command, List<String> memory) {
    List<String> flags = new ArrayList<>();
    flags.add("--enable-native-access=ALL-UNNAMED");
    if (Runtime.version().feature() >= MEMORY_ACCESS_FLAG_SINCE) {
      flags.add("--sun-misc-unsafe-memory-access=allow");
    }
    flags.add("-Xlog:disable");
    // Names of several workers are looked up this often; the JVM would remember them for longer.
    flags.add("-Dsun.net.inetaddr.ttl=5");
    // Sampling where buffers were made takes a fortieth of the network threads' time; the tests do
    // it for every buffer.
    flags.add("-Dio.netty.leakDetection.level=disabled");
    // Nobody records its events, and to look for a recorder loads a hundred classes.
    flags.add("-Dio.netty.jfr.enabled=false");
    flags.add(ERRORS_BUT_OF_THE_ARCHIVE);
    flags.addAll(archive(command, memory));
    pass(flags, HOME);
    flags.addAll(memory);
    return flags;
  }

  private static List<String> archive(String command, List<String> memory) {
    // A JVM that compiles once and for all has no use for what others have learnt.
    boolean compilesWell = !memory.contains(WITHOUT_C2);
    String learns = compilesWell ? System.getProperty(LEARNS, "") : "";
    if (!learns.isEmpty()) {
      return List.of("-XX:AOTCacheOutput=" + cache(learns, command));
    }
    List<String> flags = new ArrayList<>();
    String learnt = compilesWell ? System.getProperty(LEARNT, "") : "";
    String archive = System.getProperty(CDS, "");
    if (!archive.isEmpty() || !learnt.isEmpty()) {
      // Where it was made for: elsewhere every pointer in it would have to be corrected.
      flags.add("-XX:+UnlockDiagnosticVMOptions");
      flags.add("-XX:ArchiveRelocationMode=0");
    }
    if (!learnt.isEmpty()) {
      flags.add("-XX:AOTCache=" + cache(learnt, command));
    } else if (!archive.isEmpty()) {
      flags.add("-Xshare:auto");
      flags.add("-XX:SharedArchiveFile=" + archive);
    }
    pass(flags, CDS);
    pass(flags, LEARNT);
    return flags;
  }

  private static Path cache(String directory, String command) {
    return Path.of(directory, command + ".aot");
  }

  private static void pass(List<String> flags, String property) {
    String value = System.getProperty(property, "");
    if (!value.isEmpty()) {
      flags.add("-D" + property + "=" + value);
    }
  }

  /** Executable, flags, class path, main class and arguments, of which the first is a command. */
  static List<String> of(List<String> memory, String mainClass, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(flags(arguments.get(0), memory));
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(mainClass);
    command.addAll(arguments);
    return command;
  }
}
