// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.mount.fs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.google.protobuf.ByteString;
import io.railfs.mount.cache.CacheFullException;
import io.railfs.mount.cache.MetadataCache;
import io.railfs.mount.cache.PackedListing;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import java.io.DataInput;
import java.io.DataOutput;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * What the kernel holds of a mount, written down and read back: the nodes, the open files with the
 * version of each, the open directories with the entries of each. Entries, for their order is what
 * the kernel's offsets mean.
 *
 * <pre>
 *   format 4 | nodes | files: count 8, each handle 8, node 8, attributes
 *            | directories: count 8, each handle 8, node 8, path, entries: count 4, each name, attributes
 * </pre>
 *
 * <p>Names, paths and attributes (protobuf) have their length, 4 bytes, before them.
 */
final class KernelState {
  private static final int FORMAT = 1;

  /** No text or message is longer: a symlink's target and its attributes. */
  private static final int MAX_BYTES = 1 << 16;

  private final Names names;
  private final Handles<OpenFile> files;
  private final Handles<OpenDirectory> directories;
  private final Listings listings;
  private final MetadataCache known;
  private final OpenFile.Environment environment;

  KernelState(
      Names names,
      Handles<OpenFile> files,
      Handles<OpenDirectory> directories,
      Listings listings,
      MetadataCache known,
      OpenFile.Environment environment) {
    this.names = names;
    this.files = files;
    this.directories = directories;
    this.listings = listings;
    this.known = known;
    this.environment = environment;
  }

  void write(DataOutput out) throws IOException {
    out.writeInt(FORMAT);
    names.table().write(out);
    Map<Long, OpenFile> openFiles = new HashMap<>();
    files.forEach(openFiles::put);
    out.writeLong(openFiles.size());
    for (long handle : openFiles.keySet().stream().sorted().toList()) {
      OpenFile file = openFiles.get(handle);
      out.writeLong(handle);
      out.writeLong(file.node());
      write(out, file.attributes());
    }
    Map<Long, OpenDirectory> openDirectories = new HashMap<>();
    directories.forEach(openDirectories::put);
    out.writeLong(openDirectories.size());
    for (long handle : openDirectories.keySet().stream().sorted().toList()) {
      OpenDirectory directory = openDirectories.get(handle);
      out.writeLong(handle);
      out.writeLong(directory.node());
      writeBytes(out, directory.path().toByteString().toByteArray());
      writeEntries(out, directory);
    }
  }

  private void writeEntries(DataOutput out, OpenDirectory directory) throws IOException {
    PackedListing listing = directory.listing();
    try {
      while (!listing.isComplete()) {
        // Waits for more as long as some comes in time.
        if (!listings.hasEntry(directory.path(), listing, listing.size())) {
          break;
        }
      }
    } catch (FsException e) {
      throw new IOException("the entries of " + directory.path() + " do not come", e);
    }
    int count = listing.size();
    out.writeInt(count);
    for (int i = 0; i < count; i++) {
      String name = listing.nameLatin1(i);
      writeBytes(out, name.getBytes(ISO_8859_1));
      write(out, listing.find(name));
    }
  }

  private static void write(DataOutput out, Attributes attributes) throws IOException {
    writeBytes(out, attributes.toByteArray());
  }

  private static void writeBytes(DataOutput out, byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  void read(DataInput in) throws IOException {
    int format = in.readInt();
    if (format != FORMAT) {
      throw new IOException(
          "a mount's state of format " + format + "; this release reads " + FORMAT);
    }
    names.table().read(in);
    long openFiles = in.readLong();
    for (long i = 0; i < openFiles; i++) {
      long handle = in.readLong();
      OpenFile file = new OpenFile(in.readLong(), readAttributes(in), environment);
      hold(file.node());
      files.put(handle, file);
    }
    long openDirectories = in.readLong();
    for (long i = 0; i < openDirectories; i++) {
      long handle = in.readLong();
      long node = in.readLong();
      hold(node);
      RailPath path = readPath(in);
      directories.put(handle, new OpenDirectory(node, path, readEntries(in), listings));
    }
  }

  private void hold(long node) throws IOException {
    if (names.table().open(node) < 0) {
      throw new IOException("a mount's state is damaged: a handle has no node");
    }
  }

  private PackedListing readEntries(DataInput in) throws IOException {
    PackedListing listing = known.newListing();
    int count = in.readInt();
    try {
      for (int i = 0; i < count; i++) {
        listing.add(ByteString.copyFrom(readBytes(in)), readAttributes(in));
      }
    } catch (CacheFullException e) {
      listing.release();
      throw new IOException("an open directory does not fit into the memory for listings", e);
    }
    listing.complete();
    return listing;
  }

  private static Attributes readAttributes(DataInput in) throws IOException {
    try {
      return Attributes.parse(readBytes(in));
    } catch (ProtocolException e) {
      throw new IOException("a mount's state is damaged: attributes", e);
    }
  }

  private static RailPath readPath(DataInput in) throws IOException {
    try {
      return RailPath.of(ByteString.copyFrom(readBytes(in)));
    } catch (ProtocolException e) {
      throw new IOException("a mount's state is damaged: a path", e);
    }
  }

  private static byte[] readBytes(DataInput in) throws IOException {
    int length = in.readInt();
    if (length < 0 || length > MAX_BYTES) {
      throw new IOException("a mount's state is damaged: a text of " + length + " bytes");
    }
    byte[] bytes = new byte[length];
    in.readFully(bytes);
    return bytes;
  }
}
