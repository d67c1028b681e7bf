// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.it;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.Dependency;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** That the code keeps to the table of modules in docs/ARCHITECTURE.md, and who may import what. */
@AnalyzeClasses(packages = "io.railfs", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  private static final ModuleTable TABLE = ModuleTable.read();

  @ArchTest
  static final ArchRule everyPackageUsesOnlyWhatTheTableAllows =
      classes().should(useOnlyWhatTheTableAllows());

  private static ArchCondition<JavaClass> useOnlyWhatTheTableAllows() {
    return new ArchCondition<>("use only packages that docs/ARCHITECTURE.md allows") {
      @Override
      public void check(JavaClass user, ConditionEvents events) {
        for (Dependency dependency : user.getDirectDependenciesFromSelf()) {
          String used = ModuleTable.relative(dependency.getTargetClass().getPackageName());
          if (!used.isEmpty() && !isAllowed(user, used)) {
            events.add(SimpleConditionEvent.violated(user, dependency.getDescription()));
          }
        }
      }
    };
  }

  private static boolean isAllowed(JavaClass user, String used) {
    return TABLE.of(user.getPackageName()).map(row -> row.isAllowed(used)).orElse(false);
  }

  @ArchTest
  static void theTableNamesEveryModuleAndOnlyPackagesThatThereAre(JavaClasses classes)
      throws IOException {
    Set<String> packages = new TreeSet<>();
    classes.forEach(one -> packages.add(ModuleTable.relative(one.getPackageName())));
    List<ModuleTable.Row> rows = TABLE.rows();
    // The benchmarks are not on this class path.
    List<ModuleTable.Row> here =
        rows.stream().filter(row -> !row.module().equals("benchmarks")).toList();
    assertThat(packages).containsAll(here.stream().map(ModuleTable.Row::name).toList());
    for (ModuleTable.Row row : here) {
      assertThat(row.mayUse())
          .as(row.name())
          .allMatch(
              used -> packages.stream().anyMatch(name -> (name + ".").startsWith(used + ".")));
    }
    String pom = Files.readString(MountEnvironment.HOME.resolve("pom.xml"));
    List<String> modules =
        Pattern.compile("<module>([\\w-]+)</module>")
            .matcher(pom)
            .results()
            .map(match -> match.group(1))
            .filter(
                module ->
                    !List.of("integration-tests", "concurrency-tests", "packages").contains(module))
            .toList();
    assertThat(rows.stream().map(ModuleTable.Row::module).distinct())
        .containsExactlyInAnyOrderElementsOf(modules);
  }

  /** An empty variable counts as unset there, which System.getenv() alone does not see. */
  @ArchTest
  static final ArchRule commandsReadVariablesInOnePlace =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.railfs.cli..",
              "io.railfs.configuration..",
              "io.railfs.supervision..",
              "io.railfs.diagnosis..")
          .and()
          .doNotHaveSimpleName("Environment")
          .should()
          .callMethod(System.class, "getenv")
          .orShould()
          .callMethod(System.class, "getenv", String.class);

  @ArchTest
  static final ArchRule onlyTelemetryImportsThePrometheusClient =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.railfs.telemetry..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.prometheus..");

  @ArchTest
  static final ArchRule onlyTheHttpServerImportsItsCodec =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.railfs.http..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.netty.handler.codec.http..");

  @ArchTest
  static final ArchRule onlyTheMembershipImportsJetcd =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.railfs.membership..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.etcd..", "io.vertx..");

  @ArchTest
  static final ArchRule onlyTheMembershipAndTheCsiDriverImportGrpc =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.railfs.membership..", "io.railfs.csi..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.grpc..");

  @ArchTest
  static final ArchRule onlyTheCsiDriverImportsTheKubernetesClient =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.railfs.csi", "io.railfs.csi.cluster..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.fabric8..");

  @ArchTest
  static final ArchRule clientSeesNeitherMountNorWorkerNorCommands =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.client..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.railfs.mount..", "io.railfs.worker..", "io.railfs.cli..");

  @ArchTest
  static final ArchRule clientNetReportsUpwardsByItsListenersAlone =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.client.net..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.railfs.client.cluster..",
              "io.railfs.client.fetch..",
              "io.railfs.client.connect..",
              "io.railfs.client.bulk..",
              "io.railfs.client.probe..");

  @ArchTest
  static final ArchRule clientClusterSeesOnlyNet =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.client.cluster..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.railfs.client.fetch..",
              "io.railfs.client.connect..",
              "io.railfs.client.bulk..",
              "io.railfs.client.probe..");

  @ArchTest
  static final ArchRule clientFetchSeesOnlyClusterAndNet =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.client.fetch..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.railfs.client.connect..", "io.railfs.client.bulk..", "io.railfs.client.probe..");

  /** What is public in the rooms is so for the other rooms. */
  @ArchTest
  static final ArchRule noOtherModuleSeesTheRoomsOfTheClient =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.railfs.client..", "io.railfs.benchmarks..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.railfs.client.fetch..", "io.railfs.client.cluster..", "io.railfs.client.net..");

  /** A worker takes no decision but through what cluster keeps; the registry is an interface. */
  @ArchTest
  static final ArchRule workersKnowNotWhereTheyAreRegistered =
      noClasses()
          .that()
          .haveFullyQualifiedName("io.railfs.client.cluster.RemoteWorker")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("io.railfs.client.cluster.PlacementTable");

  @ArchTest
  static final ArchRule fetchesKnowNotTheClientThatMakesThem =
      noClasses()
          .that()
          .haveFullyQualifiedName("io.railfs.client.fetch.Fetch")
          .should()
          .dependOnClassesThat()
          .haveFullyQualifiedName("io.railfs.client.fetch.PageClient");

  @ArchTest
  static final ArchRule theMountsCacheKnowsNoNetwork =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.mount.cache..")
          .should()
          .dependOnClassesThat(
              resideInAnyPackage("io.netty..", "io.railfs.fabric..", "io.railfs.client..")
                  .and(not(simpleName("Freshness"))));

  @ArchTest
  static final ArchRule theMountSeesNoMessagesOfTheWire =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.mount..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.railfs.protocol.messages..");

  @ArchTest
  static final ArchRule mountNeverSeesTheWorker =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.mount..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.railfs.worker..", "io.railfs.cli..");

  @ArchTest
  static final ArchRule workerNeverSeesTheMountOrTheClient =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.worker..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.railfs.mount..", "io.railfs.client..", "io.railfs.cli..");

  @ArchTest
  static final ArchRule onlyThePackagesOfSystemCallsImportJnr =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "io.railfs.mount.fuse..",
              "io.railfs.worker.posix..",
              "io.railfs.fabric.local..",
              "io.railfs.fabric.verbs..",
              "io.railfs.csi.kernel..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jnr..", "com.kenai.jffi..", "ru.serce..");

  @ArchTest
  static final ArchRule onlyTheCachesImportCaffeine =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.railfs.mount.cache..", "io.railfs.worker.store..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.github.benmanes..");

  @ArchTest
  static final ArchRule onlyTheObjectStoresImportOpenDalAndTheSdk =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.railfs.worker.objects..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.opendal..", "software.amazon.awssdk..");

  @ArchTest
  static final ArchRule onlyTheCommandLineImportsPicocli =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.railfs.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("picocli..");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      slices().matching("io.railfs.(**)").should().beFreeOfCycles();
}
