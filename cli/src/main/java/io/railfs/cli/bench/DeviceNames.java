package io.railfs.cli.bench;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigValueType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The devices that a bind.device key names. */
public final class DeviceNames {
  private DeviceNames() {}

  /**
   * A name, a list of names, or names with commas between them; none where the key is not there.
   */
  public static List<String> of(Config config, String key) {
    if (!config.hasPath(key)) {
      return List.of();
    }
    List<String> written =
        config.getValue(key).valueType() == ConfigValueType.LIST
            ? config.getStringList(key)
            : Arrays.asList(config.getString(key).split(",", -1));
    List<String> names = new ArrayList<>();
    for (String name : written) {
      if (!name.isBlank()) {
        names.add(name.strip());
      }
    }
    return names;
  }
}
