package io.railfs.cli.run;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the service manager again and again that the service makes progress, and nothing once it
 * does not.
 */
final class KeepAlive implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(KeepAlive.class);

  /** Signs of life within the time that the manager allows; one may come late. */
  private static final int SIGNS = 3;

  private final Thread thread;

  private KeepAlive(Thread thread) {
    this.thread = thread;
  }

  /** Begins, where the manager wants it. */
  static KeepAlive of(Service service, ServiceManager manager) {
    Thread thread =
        new Thread(
            () -> manager.watchdog().ifPresent(time -> tell(service, manager, time)), "keep-alive");
    thread.setDaemon(true);
    thread.start();
    return new KeepAlive(thread);
  }

  private static void tell(Service service, ServiceManager manager, Duration time) {
    try {
      boolean alive = true;
      while (true) {
        if (service.isAlive()) {
          alive = true;
          manager.alive();
        } else if (alive) {
          alive = false;
          log.error("no progress is made; the service manager is not told of life any more");
        }
        TimeUnit.NANOSECONDS.sleep(time.dividedBy(SIGNS).toNanos());
      }
    } catch (InterruptedException e) {
      log.debug("no more signs of life", e);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
