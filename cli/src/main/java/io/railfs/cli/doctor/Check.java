package io.railfs.cli.doctor;

import java.util.List;

/** One look at this machine. It changes nothing and ends soon. */
interface Check {
  List<Finding> look(Machine machine, Wanted wanted);
}
