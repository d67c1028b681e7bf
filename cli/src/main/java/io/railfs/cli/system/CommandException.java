package io.railfs.cli.system;

/** A command cannot do what was asked. The message is one sentence for the person who asked. */
public final class CommandException extends Exception {
  private static final long serialVersionUID = 1;

  public CommandException(String message) {
    super(message);
  }

  public CommandException(String message, Throwable cause) {
    super(message, cause);
  }
}
