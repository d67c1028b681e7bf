package io.railfs.it;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleName;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The arrows between the rooms of the house (docs/ARCHITECTURE.md), and who may import what. */
@AnalyzeClasses(packages = "io.railfs", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
  @ArchTest
  static final ArchRule protocolSeesNoneOfOurs =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.protocol..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.railfs.fabric..",
              "io.railfs.membership..",
              "io.railfs.client..",
              "io.railfs.mount..",
              "io.railfs.worker..",
              "io.railfs.cli..");

  @ArchTest
  static final ArchRule fabricSeesNoneOfOurs =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.fabric..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.railfs.protocol..",
              "io.railfs.telemetry..",
              "io.railfs.client..",
              "io.railfs.mount..",
              "io.railfs.worker..",
              "io.railfs.cli..");

  /** An empty variable counts as unset there, which System.getenv() alone does not see. */
  @ArchTest
  static final ArchRule commandsReadVariablesInOnePlace =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.cli..")
          .and()
          .doNotHaveSimpleName("Environment")
          .should()
          .callMethod(System.class, "getenv")
          .orShould()
          .callMethod(System.class, "getenv", String.class);

  @ArchTest
  static final ArchRule telemetrySeesOnlyTheFabric =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.telemetry..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.railfs.protocol..",
              "io.railfs.client..",
              "io.railfs.mount..",
              "io.railfs.worker..",
              "io.railfs.cli..");

  @ArchTest
  static final ArchRule onlyTelemetryImportsMicrometerAndHttp =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.railfs.telemetry..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.micrometer..", "io.prometheus..", "io.netty.handler.codec.http..");

  @ArchTest
  static final ArchRule membershipSeesOnlyFabricAndTheProtocol =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.membership..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "io.railfs.telemetry..",
              "io.railfs.client..",
              "io.railfs.mount..",
              "io.railfs.worker..",
              "io.railfs.cli..");

  @ArchTest
  static final ArchRule onlyTheMembershipImportsJetcd =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.railfs.membership..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.etcd..", "io.grpc..", "io.vertx..");

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
  static final ArchRule onlyTheFuseAndThePosixPackageImportJnr =
      noClasses()
          .that()
          .resideOutsideOfPackages("io.railfs.mount.fuse..", "io.railfs.worker.posix..")
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
  static final ArchRule theFileSystemKnowsNoKernelAdaptor =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.railfs.mount.fs..", "io.railfs.mount.prefetch..", "io.railfs.mount.cache..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.railfs.mount.fuse..");

  @ArchTest
  static final ArchRule cacheAndPrefetchLookOnlyDown =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.mount.cache..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.railfs.mount.prefetch..", "io.railfs.mount.fs..");

  @ArchTest
  static final ArchRule prefetchLooksOnlyAtTheCache =
      noClasses()
          .that()
          .resideInAPackage("io.railfs.mount.prefetch..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.railfs.mount.fs..");

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
