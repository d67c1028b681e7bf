package io.railfs.worker.ufs;

import static java.nio.file.LinkOption.NOFOLLOW_LINKS;

import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.posix.Posix;
import io.railfs.worker.posix.PosixException;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SecureDirectoryStream;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.util.Iterator;
import java.util.Set;

/**
 * A directory of the UFS held by a descriptor. It is reached from the root one component at a time,
 * each opened in the one before and never through a symlink, so no rename or swap of a symlink can
 * lead out of the root. Not thread-safe; its owner closes it.
 */
final class OpenDirectory implements AutoCloseable {
  private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

  private final SecureDirectoryStream<Path> stream;

  /** Where the directory was found; only for questions whose answers are checked afterwards. */
  private final Path location;

  /** Asked once; null before. */
  private String device;

  /** A descriptor of our own for {@link #place}; -1 before it was wanted. */
  private int own = -1;

  private OpenDirectory(SecureDirectoryStream<Path> stream, Path location) {
    this.stream = stream;
    this.location = location;
  }

  /** Opens the directory that holds {@code path}; for the root, the root itself. */
  static OpenDirectory parentOf(LocalRoot root, RailPath path) throws IOException, UfsException {
    String[] names = path.componentsLatin1();
    return open(root, path, names, Math.max(0, names.length - 1));
  }

  static OpenDirectory of(LocalRoot root, RailPath path) throws IOException, UfsException {
    String[] names = path.componentsLatin1();
    return open(root, path, names, names.length);
  }

  private static OpenDirectory open(LocalRoot root, RailPath path, String[] names, int depth)
      throws IOException, UfsException {
    OpenDirectory directory = root.open();
    for (int i = 0; i < depth; i++) {
      OpenDirectory above = directory;
      try (above) {
        directory = above.enter(FileNames.toPath(names[i]), path);
        boolean good = false;
        try {
          root.entered(above, directory);
          good = true;
        } finally {
          if (!good) {
            directory.close();
          }
        }
      }
    }
    return directory;
  }

  /** Opens a root, whatever is there now. */
  @SuppressWarnings("StreamResourceLeak") // the OpenDirectory owns it
  static OpenDirectory root(Path root) throws IOException {
    return new OpenDirectory(secure(Files.newDirectoryStream(root)), root);
  }

  private OpenDirectory enter(Path name, RailPath path) throws IOException, UfsException {
    // Asked first: opening a fifo would block for ever, and a symlink gives a less clear error.
    if (!attributes(name).isDirectory()) {
      throw FileErrors.notADirectory(path);
    }
    return new OpenDirectory(
        secure(stream.newDirectoryStream(name, NOFOLLOW_LINKS)), location.resolve(name));
  }

  private static SecureDirectoryStream<Path> secure(DirectoryStream<Path> stream)
      throws IOException {
    if (stream instanceof SecureDirectoryStream<Path> secure) {
      return secure;
    }
    stream.close();
    throw new IOException("this platform cannot open files relative to a directory (openat)");
  }

  Path location() {
    return location;
  }

  /**
   * A path that leads to this very directory, whatever becomes of its name, with one char for each
   * byte. What is asked by it and a name is asked of the entry that the directory has.
   */
  String place() throws IOException {
    return Posix.path(descriptor());
  }

  /** A descriptor of this very directory, which closes it. */
  int descriptor() throws IOException {
    if (own < 0) {
      Object key = attributes().fileKey();
      if (!takeIfThis(FileNames.absoluteLatin1(location), key)) {
        takeDescriptor(key);
      }
    }
    return own;
  }

  /** Opens a path, which may be too long for that, and keeps it if it leads to this directory. */
  private boolean takeIfThis(String path, Object key) throws IOException {
    int fd;
    try {
      fd = Posix.openPlace(path);
    } catch (PosixException e) {
      if (e.problem() == PosixException.Problem.OTHER) {
        throw e;
      }
      return false;
    }
    boolean good = false;
    try {
      good = key.equals(fileKeyOrNull(Path.of(Posix.path(fd))));
    } finally {
      if (!good) {
        Posix.close(fd);
      }
    }
    own = good ? fd : -1;
    return good;
  }

  /** The JDK does not tell its descriptors: it is one that leads to this directory. */
  private void takeDescriptor(Object key) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(DESCRIPTORS)) {
      for (Path one : all) {
        if (key.equals(fileKeyOrNull(one)) && takeIfThis(one.toString(), key)) {
          return;
        }
      }
    }
    throw new IOException("no descriptor leads to a directory that is open");
  }

  /** Null for one that was closed meanwhile. */
  private static Object fileKeyOrNull(Path descriptor) throws IOException {
    try {
      return Files.readAttributes(descriptor, BasicFileAttributes.class).fileKey();
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  PosixFileAttributes attributes(Path name) throws IOException {
    return stream
        .getFileAttributeView(name, PosixFileAttributeView.class, NOFOLLOW_LINKS)
        .readAttributes();
  }

  /** Attributes of the directory itself. */
  PosixFileAttributes attributes() throws IOException {
    return stream.getFileAttributeView(PosixFileAttributeView.class).readAttributes();
  }

  /** The device that the directory is on. */
  String device() throws IOException {
    if (device == null) {
      device = device(attributes().fileKey());
    }
    return device;
  }

  /** The device of a file key, which java.nio shows as text alone: "(dev=fd01,ino=17)". */
  static String device(Object fileKey) {
    String text = fileKey.toString();
    return text.substring(0, text.indexOf(','));
  }

  /** Opens a regular file for reading; the caller has made sure that it is one. */
  SeekableByteChannel openFile(Path name) throws IOException {
    return stream.newByteChannel(name, Set.of(StandardOpenOption.READ, NOFOLLOW_LINKS));
  }

  /** Names in the order of the UFS. Its {@code hasNext} fails with the cause of the trouble. */
  Iterator<Path> names() {
    return stream.iterator();
  }

  /** The next name, or null. */
  static Path next(Iterator<Path> names) throws IOException {
    try {
      return names.hasNext() ? names.next().getFileName() : null;
    } catch (DirectoryIteratorException e) {
      throw e.getCause();
    }
  }

  @Override
  public void close() throws IOException {
    try {
      if (own >= 0) {
        Posix.close(own);
        own = -1;
      }
    } finally {
      stream.close();
    }
  }

  static UfsException notAFile(RailPath path) {
    return new UfsException(ErrorCode.NOT_A_FILE, "'" + path + "' is not a regular file");
  }
}
