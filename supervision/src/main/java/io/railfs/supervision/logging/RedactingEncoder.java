// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.logging;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;

/** Another encoder's lines without the secrets. */
final class RedactingEncoder extends EncoderBase<ILoggingEvent> {
  private final Encoder<ILoggingEvent> lines;
  private final SecretValues secrets;

  RedactingEncoder(Encoder<ILoggingEvent> lines, SecretValues secrets) {
    this.lines = lines;
    this.secrets = secrets;
  }

  @Override
  public byte[] headerBytes() {
    return lines.headerBytes();
  }

  @Override
  public byte[] encode(ILoggingEvent event) {
    return secrets.hide(lines.encode(event));
  }

  @Override
  public byte[] footerBytes() {
    return lines.footerBytes();
  }
}
