package io.railfs.worker.ufs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import com.google.protobuf.ByteString;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.UserDefinedFileAttributeView;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the extended attributes of the "user." namespace, the only one that the JDK shows. */
final class FileXattrs {
  /** All names and values of one file; a reply must stay below the largest frame. */
  private static final int MAX_TOTAL_BYTES = 512 << 10;

  private FileXattrs() {}

  static Map<ByteString, ByteString> read(Path location, RailPath path)
      throws IOException, UfsException {
    UserDefinedFileAttributeView view =
        Files.getFileAttributeView(location, UserDefinedFileAttributeView.class, NOFOLLOW_LINKS);
    if (view == null) {
      return Map.of();
    }
    Map<ByteString, ByteString> found = new LinkedHashMap<>();
    try {
      int total = 0;
      for (String name : view.list()) {
        // A name that is no text in this locale came out changed and cannot be asked for again.
        if (name.indexOf('\uFFFD') < 0) {
          ByteString value = value(view, name);
          total += name.length() + value.size();
          if (total > MAX_TOTAL_BYTES) {
            throw new UfsException(
                ErrorCode.UFS_FAILED,
                "the extended attributes of '" + path + "' exceed " + MAX_TOTAL_BYTES + " bytes");
          }
          found.put(ByteString.copyFrom("user." + name, UTF_8), value);
        }
      }
    } catch (NoSuchFileException e) {
      throw e;
    } catch (FileSystemException e) {
      if (isSupported(location)) {
        throw e;
      }
      return Map.of();
    }
    return found;
  }

  private static ByteString value(UserDefinedFileAttributeView view, String name)
      throws IOException {
    ByteBuffer value = ByteBuffer.allocate(view.size(name));
    view.read(name, value);
    return ByteString.copyFrom(value.flip());
  }

  private static boolean isSupported(Path location) throws IOException {
    return Files.getFileStore(location)
        .supportsFileAttributeView(UserDefinedFileAttributeView.class);
  }
}
