// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.supervision.system;

import static java.util.Objects.requireNonNull;

/** A command cannot do what was asked. The message is one sentence for the person who asked. */
public final class CommandException extends Exception {
  private static final long serialVersionUID = 1;

  private final Exit exit;

  public CommandException(String message) {
    this(Exit.FAILED, message, null);
  }

  public CommandException(String message, Throwable cause) {
    this(Exit.FAILED, message, cause);
  }

  public CommandException(Exit exit, String message, Throwable cause) {
    super(message, cause);
    this.exit = requireNonNull(exit, "exit is null");
  }

  /** The command line or a setting is wrong. */
  public static CommandException wrong(String message) {
    return new CommandException(Exit.WRONG, message, null);
  }

  /** The same, found by another exception. */
  public static CommandException wrong(String message, Throwable cause) {
    return new CommandException(Exit.WRONG, message, cause);
  }

  /** How the command ends. */
  public Exit exit() {
    return exit;
  }
}
