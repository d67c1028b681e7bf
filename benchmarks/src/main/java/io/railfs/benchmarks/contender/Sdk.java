// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.benchmarks.contender;

import io.railfs.benchmarks.sdk.SdkReader;
import io.railfs.benchmarks.system.BenchException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The AWS SDK's client alone; each measurement is a process that warms itself. */
final class Sdk implements Contender {
  private final Site site;
  private final ObjectServer server;
  private List<String> reader = List.of();

  Sdk(Site site, ObjectServer server) {
    this.site = site;
    this.server = server;
  }

  @Override
  public String name() {
    return "sdk";
  }

  @Override
  public boolean isJvm() {
    return false;
  }

  @Override
  public void start() throws BenchException, InterruptedException {
    server.start();
    Path warm = site.directory("sdk");
    List<String> large = new ArrayList<>();
    for (int i = 0; i < site.dataset().scale().files(); i++) {
      large.add(Dataset.fileName(i));
    }
    List<String> small = new ArrayList<>(site.dataset().tree("warm/1k"));
    small.addAll(site.dataset().tree("warm/100k"));
    Site.write(warm.resolve("seq"), String.join("\n", large) + "\n");
    Site.write(warm.resolve("files"), String.join("\n", small) + "\n");
    reader =
        ObjectServer.java(
            "1g",
            SdkReader.class,
            server.url(),
            ObjectServer.BUCKET,
            Long.toString(server.pid()),
            Integer.toString(WorkerDefaults.loaders()),
            Long.toString(WorkerDefaults.rangeSize()),
            warm.toString());
  }

  @Override
  public List<String> reader() {
    return reader;
  }

  /** Keys are relative. */
  @Override
  public Path root() {
    return Path.of("");
  }

  /** Its program counts the server's too. */
  @Override
  public double processorSeconds() {
    return 0;
  }

  @Override
  public boolean remount() {
    return false;
  }

  @Override
  public String setUp() {
    return "S3AsyncClient on its Netty client with its defaults; GETs of %d KiB, %d at once, or whole objects; warmed for 6 s on other keys"
        .formatted(WorkerDefaults.rangeSize() >> 10, WorkerDefaults.loaders());
  }

  /** The server is another's. */
  @Override
  public void close() {}
}
