// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.diagnosis.doctor;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import io.railfs.client.ClientSettings;
import io.railfs.client.ClusterException;
import io.railfs.client.Endpoint;
import io.railfs.client.connect.ClusterClient;
import io.railfs.diagnosis.doctor.CheckId.Scope;
import io.railfs.fabric.Devices;
import io.railfs.fabric.FabricException;
import io.railfs.fabric.Transport;
import io.railfs.fabric.trust.Side;
import io.railfs.fabric.trust.Trust;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Every check of this machine and of the workers that its conf names. */
public final class Doctor {
  private Doctor() {}

  /** Looks at what the plan names; it takes a few seconds for each worker. */
  public static Report examine(DoctorPlan plan) throws InterruptedException {
    ConfFiles conf = ConfFiles.read(plan.file(), plan.overrides());
    RequiredSetup wanted = RequiredSetup.of(conf.mount(), conf.worker());
    Selection selection = plan.selection();
    MachineFacts machine = MachineFacts.of(Path.of("/"), plan.isRoot(), Devices::numericAddresses);
    List<Finding> findings = new ArrayList<>(conf.findings());
    if (Devices.isSysfsOfAnotherNamespace()) {
      findings.add(
          Finding.problem(
              "devices",
              "sysfs",
              "/sys shows the devices of another network namespace; what it alone knows of"
                  + " devices and adapters is not true here",
              "enter the namespace with 'ip netns exec', or mount sysfs again in it"));
    }
    boolean network = !plan.localOnly() && selection.needs(Scope.NETWORK);
    // Its second of waiting passes beside everything else.
    try (DuplicateCheck duplicates =
        DuplicateCheck.start(machine, network ? wanted.devices() : Set.of())) {
      findings.addAll(LocalDoctor.look(machine, wanted, selection));
      if (!plan.localOnly()) {
        findings.addAll(others(machine, wanted, conf, selection));
      }
      findings.addAll(network ? duplicates.finish() : List.of());
    }
    return new Report(selection.of(findings.stream()));
  }

  private static List<Finding> others(
      MachineFacts machine, RequiredSetup wanted, ConfFiles conf, Selection selection)
      throws InterruptedException {
    List<Finding> findings = new ArrayList<>();
    if (selection.needs(Scope.UFS)) {
      conf.worker().map(UfsCheck::look).ifPresent(findings::addAll);
    }
    if (selection.needs(Scope.WORKER)
        || selection.needs(Scope.RAIL)
        || selection.needs(Scope.READ)) {
      findings.addAll(workers(machine, wanted, conf.mount(), selection));
    }
    return findings;
  }

  private static List<Finding> workers(
      MachineFacts machine, RequiredSetup wanted, Config config, Selection selection)
      throws InterruptedException {
    List<Finding> findings = new ArrayList<>();
    ClientSettings settings;
    try {
      settings = ClientSettings.of(config);
    } catch (ConfigException e) {
      // The conf check has said what is wrong with it.
      return List.of(
          Finding.problem(
              "workers", "rpc", "not looked at, for the conf is wrong", "correct the conf first"));
    }
    try (Trust trust = Trust.open(settings.trust(), Side.CLIENT);
        Transport transport = Transport.create("railfs-doctor", settings.threads())) {
      WorkerDoctor doctor = new WorkerDoctor(transport, trust, machine, wanted, config, selection);
      for (Endpoint worker : ClusterClient.look(settings)) {
        findings.addAll(doctor.look(worker));
      }
    } catch (FabricException e) {
      findings.add(
          Finding.problem(
              "workers",
              "security",
              String.valueOf(e.getMessage()),
              "correct the files that railfs.security names"));
    } catch (ClusterException e) {
      findings.add(
          Finding.problem(
              "workers",
              "etcd",
              String.valueOf(e.getMessage()),
              "start etcd or correct railfs.membership.etcd.endpoints"));
    }
    return findings;
  }
}
