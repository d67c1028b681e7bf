// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.logging;

import ch.qos.logback.classic.pattern.ThrowableProxyConverter;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.StackTraceElementProxy;
import io.railfs.protocol.Printable;
import java.util.Arrays;

/**
 * A stack trace of many lines, in which each message of an exception stays in its line, whatever
 * names are in it.
 */
final class PrintableTrace extends ThrowableProxyConverter {
  @Override
  protected String throwableProxyToString(IThrowableProxy problem) {
    return super.throwableProxyToString(new Plain(problem));
  }

  private record Plain(IThrowableProxy problem) implements IThrowableProxy {
    private static Plain of(IThrowableProxy problem) {
      return problem == null ? null : new Plain(problem);
    }

    private static String text(String message) {
      return message == null ? null : Printable.text(message);
    }

    @Override
    public String getMessage() {
      return text(problem.getMessage());
    }

    @Override
    public String getOverridingMessage() {
      return text(problem.getOverridingMessage());
    }

    @Override
    public String getClassName() {
      return problem.getClassName();
    }

    @Override
    public StackTraceElementProxy[] getStackTraceElementProxyArray() {
      return problem.getStackTraceElementProxyArray();
    }

    @Override
    public int getCommonFrames() {
      return problem.getCommonFrames();
    }

    @Override
    public IThrowableProxy getCause() {
      return of(problem.getCause());
    }

    @Override
    public IThrowableProxy[] getSuppressed() {
      IThrowableProxy[] suppressed = problem.getSuppressed();
      return suppressed == null
          ? null
          : Arrays.stream(suppressed).map(Plain::of).toArray(IThrowableProxy[]::new);
    }

    @Override
    public boolean isCyclic() {
      return problem.isCyclic();
    }
  }
}
