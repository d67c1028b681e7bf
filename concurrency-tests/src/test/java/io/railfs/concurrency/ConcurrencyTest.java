// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.concurrency;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.infra.Status;
import org.openjdk.jcstress.infra.TestInfo;
import org.openjdk.jcstress.infra.collectors.TestResult;
import org.openjdk.jcstress.infra.runners.ForkedTestConfig;
import org.openjdk.jcstress.infra.runners.Runner;
import org.openjdk.jcstress.infra.runners.SpinLoopStyle;
import org.openjdk.jcstress.infra.runners.TestList;

/**
 * The short form of this module's jcstress tests, for every test run: each for half a second, in
 * this JVM. An outcome that its test does not list fails, and so does a thread that hangs. The long
 * form, in JVMs of many kinds, is bin/railfs test --concurrency.
 */
final class ConcurrencyTest {
  private static final int ITERATIONS = 3;
  private static final int ITERATION_MILLIS = 150;

  /** Pairs of threads are set off in strides of so many states each. */
  private static final int STRIDE_SIZE = 64;

  private static final int STRIDES = 16;
  private static final int MOST_MEGABYTES = 64;

  /** Of the annotation processor; fewer mean that it did not run. */
  private static final int LEAST_TESTS = 27;

  @TestFactory
  Stream<DynamicTest> threadsThatMeetSeeOnlyWhatTheyMay() {
    assertThat(TestList.tests()).hasSizeGreaterThanOrEqualTo(LEAST_TESTS);
    return TestList.tests().stream()
        .map(TestList::getInfo)
        .map(test -> DynamicTest.dynamicTest(test.name(), () -> check(test)));
  }

  private static void check(TestInfo test) throws ReflectiveOperationException, IOException {
    Runner<?> runner =
        Class.forName(test.generatedRunner())
            .asSubclass(Runner.class)
            .getConstructor(ForkedTestConfig.class)
            .newInstance(settings(test));
    TestResult result = runner.run();
    String happened = result.getStateKeys() + " " + result.getMessages();
    assertThat(result.status()).as(happened).isEqualTo(Status.NORMAL);
    assertThat(result.getTotalCount()).as("states that were tried").isPositive();
    assertThat(result.getStateKeys())
        .as(happened)
        .allMatch(outcome -> expected(test, outcome) == Expect.ACCEPTABLE);
  }

  private static Expect expected(TestInfo test, String outcome) {
    return test.cases().stream()
        .filter(known -> known.matchesExactly(outcome))
        .findFirst()
        .orElse(test.unmatched())
        .expect();
  }

  /** In the form in which jcstress hands them to its JVMs: there is no other way to make some. */
  @SuppressWarnings("EnumOrdinal")
  private static ForkedTestConfig settings(TestInfo test) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream settings = new DataOutputStream(bytes);
    settings.writeInt(SpinLoopStyle.THREAD_YIELD.ordinal());
    settings.writeInt(ITERATION_MILLIS);
    settings.writeInt(ITERATIONS);
    settings.writeUTF(test.generatedRunner());
    settings.writeInt(MOST_MEGABYTES);
    settings.writeInt(STRIDE_SIZE);
    settings.writeInt(STRIDES);
    // No processor of its own for each thread.
    settings.writeBoolean(false);
    return new ForkedTestConfig(new DataInputStream(new ByteArrayInputStream(bytes.toByteArray())));
  }
}
