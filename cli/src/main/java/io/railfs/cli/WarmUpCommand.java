// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.cli;

import io.railfs.supervision.system.CommandException;
import java.io.File;
import java.io.IOException;
import java.util.Enumeration;
import java.util.concurrent.Callable;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import picocli.CommandLine.Command;

/**
 * Loads the classes of all jars once, in a JVM that writes their names into a list at its end
 * (-XX:DumpLoadedClassList), of which the launcher makes an archive; later JVMs map the archive
 * instead of reading the jars.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Callable<Integer> {
  private static final String CLASS = ".class";

  @Override
  public Integer call() throws CommandException {
    Main.commandLine().getUsageMessage();
    // What the commands make while they run (lambdas) is in the archive only if they did run.
    Main.commandLine("version").execute("version");
    Main.commandLine("mount").execute("mount");
    String[] status = {"status", "-D", "railfs.workers=[\"127.0.0.1:1\"]"};
    Main.commandLine(status).execute(status);
    int loaded = 0;
    for (String jar : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
      if (jar.endsWith(".jar")) {
        loaded += load(jar);
      }
    }
    System.out.println(loaded + " classes");
    return 0;
  }

  private static int load(String jar) throws CommandException {
    int loaded = 0;
    try (JarFile file = new JarFile(jar)) {
      Enumeration<JarEntry> entries = file.entries();
      while (entries.hasMoreElements()) {
        String name = entries.nextElement().getName();
        if (name.endsWith(CLASS) && !name.startsWith("META-INF") && !name.contains("-")) {
          loaded += loadClass(name.substring(0, name.length() - CLASS.length()).replace("/", "."));
        }
      }
      return loaded;
    } catch (IOException e) {
      throw new CommandException(jar + " cannot be read: " + e.getMessage(), e);
    }
  }

  private static int loadClass(String name) {
    try {
      Class.forName(name, false, WarmUpCommand.class.getClassLoader());
      return 1;
    } catch (ClassNotFoundException | LinkageError e) {
      // It needs a library that is optional and not here: such a class is never used.
      return 0;
    }
  }
}
