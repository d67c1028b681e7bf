// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.csi.volumes;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A volume that was asked for by name. It has no data of its own: its id is a digest of what it is
 * called and shows, so that the same request means the same volume, without a record of it.
 *
 * @param id its id
 * @param source what it shows
 */
public record ProvisionedVolume(String id, VolumeSource source) {
  private static final Pattern ID = Pattern.compile("vol-[0-9a-f]{32}");
  private static final int DIGEST_BYTES = 16;

  /** The volume of this name, for the parameters of a StorageClass. */
  public static ProvisionedVolume of(
      String name, Map<String, String> parameters, List<String> flags) throws VolumeException {
    VolumeSource source = VolumeSource.of(parameters, flags);
    String text =
        String.join("\n", name, source.mount(), source.path(), String.valueOf(source.mayExecute()));
    return new ProvisionedVolume("vol-" + digest(text), source);
  }

  private static String digest(String text) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(UTF_8));
      return HexFormat.of().formatHex(digest, 0, DIGEST_BYTES);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Whether it may be the id of such a volume. */
  public static boolean isId(String text) {
    return ID.matcher(text).matches();
  }
}
