// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.telemetry;

import static java.util.Objects.requireNonNull;

import io.railfs.fabric.trust.Trust;

/**
 * The files of railfs.security.
 *
 * @param trust of this process
 */
public record TrustSource(Trust trust) implements MetricSource {
  public TrustSource {
    requireNonNull(trust, "trust is null");
  }

  @Override
  public void collect(MetricSink sink) {
    sink.value(ProcessMetric.SECURITY_RELOADS, trust.reloads(), "ok");
    sink.value(ProcessMetric.SECURITY_RELOADS, trust.failures(), "failed");
  }
}
