package io.railfs.mount.cache;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.FileType;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
final class MetadataCacheTest {
  private static final Duration TIMEOUT = Duration.ofMillis(500);

  private final MetadataCache cache = new MetadataCache(1 << 20, 1 << 20, TIMEOUT, TIMEOUT);

  /** Asks every 20 ms, for ten times as long as an answer is believed. */
  private void assertAgesThoughItIsAsked(RailPath path) throws Exception {
    for (int i = 0; i < 250 && cache.find(path) != null; i++) {
      TimeUnit.MILLISECONDS.sleep(20);
    }
    assertThat(cache.find(path)).isNull();
  }

  @Test
  void attributesAgeFromWhenTheyWereToldNotFromTheirLastUse() throws Exception {
    RailPath path = RailPath.of("/f");
    Attributes known = new Attributes(FileType.REGULAR, 0644, 0, 0, 1, 1, 1, "", ByteString.EMPTY);
    cache.put(path, known);
    assertThat(cache.find(path)).isEqualTo(Optional.of(known));
    assertAgesThoughItIsAsked(path);
  }

  @Test
  void theAbsenceOfANameAgesInTheSameWay() throws Exception {
    RailPath path = RailPath.of("/none");
    cache.putMissing(path);
    assertThat(cache.find(path)).isEqualTo(Optional.empty());
    assertAgesThoughItIsAsked(path);
  }
}
