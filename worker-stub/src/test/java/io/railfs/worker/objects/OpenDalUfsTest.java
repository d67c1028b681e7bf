package io.railfs.worker.objects;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsContract;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The contract through OpenDAL, which the other stores are reached with, on the same server. */
final class OpenDalUfsTest extends UfsContract {
  @TempDir private static Path directory;
  private static S3Server server;
  private static int count;
  private String prefix;

  @BeforeAll
  static void startServer() throws Exception {
    server = S3Server.start(directory);
  }

  @AfterAll
  static void stopServer() {
    server.close();
  }

  @Override
  protected Set<Capability> capabilities() {
    return EnumSet.noneOf(Capability.class);
  }

  @Override
  protected Ufs open() throws Exception {
    prefix = "/t" + count++ + "/pre fix";
    StoreLocation location = server.location(prefix, Map.of());
    return ObjectUfs.open(location, 20_000, new OpenDalStore(location, KeyServer.LIMITS));
  }

  @Override
  protected void putFile(String path, byte[] content) {
    server.put(prefix + path, content);
  }

  @Override
  protected void removeFile(String path) {
    server.remove(prefix + path);
  }

  @Test
  void namesThatEndInWhiteSpaceAreNotShownForOpenDalCutsThemOff() throws Exception {
    try (ObjectStore s3 = new OpenDalStore(server.location("/", Map.of()), KeyServer.LIMITS)) {
      assertThat(s3.takes("end ")).isFalse();
      assertThat(s3.takes("an end")).isTrue();
    }
    putFile("/d/f", random(1));
    assertThat(list(ufs(), "/d")).containsOnlyKeys(ByteString.copyFromUtf8("f"));
  }
}
