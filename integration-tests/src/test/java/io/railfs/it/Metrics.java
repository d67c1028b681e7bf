// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.railfs.worker.Worker;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** The metrics of a mount or a worker at one moment. */
public final class Metrics {
  private record Series(String name, String tags, double value) {}

  private final List<Series> series = new ArrayList<>();

  /**
   * @param text in Prometheus's text format
   */
  public Metrics(String text) {
    for (String line : text.split("\n", -1)) {
      int space = line.lastIndexOf(' ');
      if (!line.startsWith("#") && space > 0) {
        int brace = line.indexOf('{');
        int end = brace < 0 ? space : brace;
        series.add(
            new Series(
                line.substring(0, end),
                line.substring(end, space),
                Double.parseDouble(line.substring(space + 1))));
      }
    }
  }

  /** Those of a worker of this machine. */
  static Metrics of(Worker worker) throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + worker.webPort() + "/metrics");
    return new Metrics(
        HttpClient.newHttpClient()
            .send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
            .body());
  }

  /** The value of the one series of this name whose tags hold all of these words. */
  long value(String name, String... words) {
    List<Series> found = series.stream().filter(one -> is(one, name, words)).toList();
    assertThat(found).as(name).hasSize(1);
    return (long) found.get(0).value();
  }

  private static boolean is(Series one, String name, String... words) {
    return one.name().equals(name) && List.of(words).stream().allMatch(one.tags()::contains);
  }

  /** The sum of the series of this name whose tags hold all of these words. */
  public double sum(String name, String... words) {
    return series.stream().filter(one -> is(one, name, words)).mapToDouble(Series::value).sum();
  }

  /** One line for each. */
  @Override
  public String toString() {
    return series.stream()
        .map(one -> one.name() + one.tags() + " " + one.value())
        .collect(Collectors.joining("\n"));
  }
}
