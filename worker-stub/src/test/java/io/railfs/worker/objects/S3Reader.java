// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsContract;
import io.railfs.worker.ufs.UfsException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A process of its own that reads a store, so that its environment and home are those of a test:
 * the SDK looks at the real ones. For each line on its input it reads the file of that name and
 * answers with a line.
 */
final class S3Reader implements AutoCloseable {
  private static final String READ = "read ";
  private static final long TIMEOUT = 20_000;

  private final Process process;
  private final BufferedReader answers;

  private S3Reader(Process process) {
    this.process = process;
    this.answers = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
  }

  /** Takes options as NAME=VALUE. */
  public static void main(String[] words) throws Exception {
    PrintStream answers = System.out;
    // Log lines go elsewhere.
    System.setOut(System.err);
    Map<String, String> options = new HashMap<>();
    for (String word : words) {
      options.put(word.split("=", 2)[0], word.split("=", 2)[1]);
    }
    try (Ufs ufs =
        ObjectUfs.open(
            StoreLocation.of("s3://dataset", options),
            KeyServer.LIMITS,
            TIMEOUT,
            KeyServer.health())) {
      answers.println("open");
      BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, UTF_8));
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        answers.println(answer(ufs, line));
      }
    } catch (UfsException e) {
      answers.println(e.getMessage());
    }
  }

  private static String answer(Ufs ufs, String path) {
    try {
      var attributes = ufs.stat(UfsContract.path(path));
      ByteBuffer target = ByteBuffer.allocate((int) attributes.size());
      ufs.read(UfsContract.path(path), attributes.version(), 0, target);
      return READ + target.position();
    } catch (UfsException e) {
      return e.getMessage();
    }
  }

  /**
   * Starts one.
   *
   * @param before words before the command
   * @param environment all of it, but for PATH
   */
  static S3Reader start(
      List<String> before, Map<String, String> environment, Map<String, String> options)
      throws IOException {
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-Xmx128m", "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(System.getProperty("java.class.path"));
    command.add(S3Reader.class.getName());
    options.forEach((name, value) -> command.add(name + "=" + value));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().keySet().removeIf(name -> !name.equals("PATH"));
    builder.environment().putAll(environment);
    return new S3Reader(builder.start());
  }

  /** What it says first: "open", or why it is not. */
  String opening() throws IOException {
    return answers.readLine();
  }

  /** Has it read a file: "read SIZE", or why not. */
  String read(String path) throws IOException {
    process.getOutputStream().write((path + "\n").getBytes(UTF_8));
    process.getOutputStream().flush();
    return answers.readLine();
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
