package io.railfs.mount.fs;

import io.railfs.protocol.Attributes;
import io.railfs.protocol.FileVersion;
import io.railfs.protocol.RailPath;
import java.util.HashMap;
import java.util.Map;

/**
 * Keeps the kernel's page cache, which knows one content for a path, from mixing two versions.
 * Thread-safe.
 *
 * <p>While a file is open, its path stands for the version that was opened: attributes and further
 * opens see that one, even after the UFS has a newer one. When the last handle closes, the newer
 * one appears. Only when the old version cannot be read any more (a read ended in ESTALE) does a
 * new open get the new version at once, and then past the kernel's cache, as long as a handle to
 * the old one is open.
 *
 * <pre>
 *   (not open) --open v1--> PINNED v1 --open--> PINNED v1 (again v1, kernel pages kept)
 *                              |  \--last release--> (not open, v1 remembered for the next open)
 *                              +--read says ESTALE--> BROKEN v1 --open--> v2, direct
 * </pre>
 */
final class OpenVersions {
  /**
   * Paths whose last version is remembered after they were closed; each costs a few hundred bytes.
   */
  private static final int REMEMBERED = 100_000;

  private final Map<RailPath, Pin> pins = new HashMap<>();
  private final Map<RailPath, FileVersion> lastSeen =
      new java.util.LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<RailPath, FileVersion> eldest) {
          return size() > REMEMBERED;
        }
      };

  private static final class Pin {
    private final Attributes attributes;
    private int handles;
    private boolean broken;

    private Pin(Attributes attributes) {
      this.attributes = attributes;
    }
  }

  /**
   * What an open got.
   *
   * @param attributes of the version that the handle reads
   * @param keepCache whether pages that the kernel holds of this path are of this version
   * @param direct whether the handle must go past the kernel's page cache
   */
  record Opened(Attributes attributes, boolean keepCache, boolean direct) {}

  /** The attributes that the path stands for while it is open, or null. */
  synchronized Attributes pinned(RailPath path) {
    Pin pin = pins.get(path);
    return pin == null || pin.broken ? null : pin.attributes;
  }

  /** Counts a new handle of a file that now has these attributes. */
  synchronized Opened open(RailPath path, Attributes current) {
    Pin pin = pins.get(path);
    if (pin == null) {
      pin = new Pin(current);
      pins.put(path, pin);
      pin.handles = 1;
      FileVersion before = lastSeen.put(path, current.version());
      return new Opened(current, current.version().equals(before), false);
    }
    pin.handles++;
    if (pin.broken && !pin.attributes.version().equals(current.version())) {
      lastSeen.remove(path);
      return new Opened(current, false, true);
    }
    return new Opened(pin.attributes, true, false);
  }

  /** Tells that a read of this version ended in ESTALE. */
  synchronized void stale(RailPath path, FileVersion version) {
    Pin pin = pins.get(path);
    if (pin != null && pin.attributes.version().equals(version)) {
      pin.broken = true;
    }
  }

  synchronized void release(RailPath path) {
    Pin pin = pins.get(path);
    if (pin != null && --pin.handles == 0) {
      pins.remove(path);
    }
  }
}
