package io.railfs.mount.cache;

import io.railfs.protocol.Attributes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The entries of a directory in the order in which they were listed, without "." and "..".
 * Immutable.
 */
public final class Listing {
  private final List<String> names;
  private final Map<String, Attributes> attributes;

  private Listing(List<String> names, Map<String, Attributes> attributes) {
    this.names = names;
    this.attributes = attributes;
  }

  public int size() {
    return names.size();
  }

  /** The name of entry {@code index}, with one char for each byte. */
  public String nameLatin1(int index) {
    return names.get(index);
  }

  /**
   * The attributes of an entry by its name with one char for each byte, or null where there is no
   * such entry.
   */
  public Attributes find(String nameLatin1) {
    return attributes.get(nameLatin1);
  }

  /** Collects entries; used by one thread at a time. */
  public static final class Builder {
    private final List<String> names = new ArrayList<>();
    private final Map<String, Attributes> attributes = new HashMap<>();

    /** Adds an entry; a name that was there before keeps its place and gets the new attributes. */
    public void add(String nameLatin1, Attributes entry) {
      if (attributes.put(nameLatin1, entry) == null) {
        names.add(nameLatin1);
      }
    }

    /** The listing of what was added; the builder must not be used afterwards. */
    public Listing build() {
      return new Listing(names, attributes);
    }
  }
}
