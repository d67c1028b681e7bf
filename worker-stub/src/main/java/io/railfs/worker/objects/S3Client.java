// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import io.railfs.worker.objects.ObjectException.Kind;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import javax.net.ssl.TrustManager;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.core.checksums.RequestChecksumCalculation;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.client.config.SdkAdvancedAsyncClientOption;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.SdkHttpClient;
import software.amazon.awssdk.http.urlconnection.ProxyConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.ServiceMetadata;
import software.amazon.awssdk.regions.providers.InstanceProfileRegionProvider;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.S3AsyncClientBuilder;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;

/** The SDK's client of one bucket, with the connections, threads and keys that are its own. */
final class S3Client implements AutoCloseable {
  private static final Duration STS_TIMEOUT = Duration.ofSeconds(5);
  private static final Region USUAL = Region.US_EAST_1;

  private final S3AsyncClient sdk;
  private final S3Http http;
  private final ScheduledExecutorService timer;

  /** Empty where requests are not signed. */
  private final Optional<S3Credentials> keys;

  private S3Client(
      S3AsyncClient sdk,
      S3Http http,
      ScheduledExecutorService timer,
      Optional<S3Credentials> keys) {
    this.sdk = sdk;
    this.http = http;
    this.timer = timer;
    this.keys = keys;
  }

  /** Asks nobody yet, but where only the instance knows the region. */
  static S3Client open(
      S3Options options, ObjectLimits limits, S3Retries retries, Map<String, String> environment)
      throws ObjectException {
    Optional<URI> endpoint = options.endpoint();
    Region region = region(options, endpoint.isPresent());
    URI address = endpoint.orElseGet(() -> address(ServiceMetadata.of("s3"), region));
    boolean tls = address.getScheme().equals("https");
    TrustManager[] trust = tls ? S3Trust.of(options) : new TrustManager[0];
    Optional<URI> service = options.tokenService();
    Optional<ProxyRoute> tokenProxy =
        ProxyRoute.to(
            service.orElseGet(() -> address(ServiceMetadata.of("sts"), region)), environment);
    Optional<S3Credentials> keys =
        options.isAnonymous()
            ? Optional.empty()
            : Optional.of(
                new S3Credentials(
                    new S3Place(options, base -> sts(options, region, service, base, tokenProxy))
                        ::open));
    S3Http http = S3Http.open(options, limits, tls, ProxyRoute.to(address, environment), trust);
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "railfs-s3-timer");
              thread.setDaemon(true);
              return thread;
            });
    S3AsyncClientBuilder builder =
        S3AsyncClient.builder()
            .httpClient(http)
            .region(region)
            .forcePathStyle(options.isPathStyle())
            .credentialsProvider(
                keys.<AwsCredentialsProvider>map(each -> each)
                    .orElse(AnonymousCredentialsProvider.create()))
            // Many that speak S3 know no other checksums than those it had in its first years.
            .requestChecksumCalculation(RequestChecksumCalculation.WHEN_REQUIRED)
            .responseChecksumValidation(
                options.checksChecksums()
                    ? ResponseChecksumValidation.WHEN_SUPPORTED
                    : ResponseChecksumValidation.WHEN_REQUIRED)
            .asyncConfiguration(
                async ->
                    async.advancedOption(
                        SdkAdvancedAsyncClientOption.FUTURE_COMPLETION_EXECUTOR, Runnable::run))
            .overrideConfiguration(
                override -> {
                  override
                      .retryStrategy(retries)
                      .scheduledExecutorService(timer)
                      .addExecutionInterceptor(new ListingCheck())
                      .addExecutionInterceptor(new RangeChecksums());
                  if (!options.mayLookAround()) {
                    override.defaultProfileFile(ProfileFile.aggregator().build());
                  }
                });
    endpoint.ifPresent(builder::endpointOverride);
    return new S3Client(builder.build(), http, timer, keys);
  }

  /** Where AWS has a service; in some regions that is another domain. */
  private static URI address(ServiceMetadata service, Region region) {
    return URI.create("https://" + service.endpointFor(region));
  }

  private static Region region(S3Options options, boolean endpoint) throws ObjectException {
    String given = options.of("region", "AWS_REGION", "AWS_DEFAULT_REGION");
    if (given.isEmpty() && options.mayLookAround()) {
      given =
          ProfileFile.defaultProfileFile()
              .profile(options.profile())
              .flatMap(each -> each.property("region"))
              .orElse("");
    }
    if (!given.isEmpty()) {
      return Region.of(given);
    }
    if (endpoint || options.isAnonymous()) {
      return USUAL;
    }
    Region own = options.is("disable_ec2_metadata") ? null : instanceRegion();
    if (own == null) {
      throw new ObjectException(Kind.MISCONFIGURED, "the region is missing; set region");
    }
    return own;
  }

  private static Region instanceRegion() {
    try {
      return new InstanceProfileRegionProvider().getRegion();
    } catch (SdkClientException e) {
      // This machine is no instance of EC2.
      return null;
    }
  }

  /** A client of the token service that signs with these keys; with none where they are null. */
  private static StsClient sts(
      S3Options options,
      Region region,
      Optional<URI> service,
      AwsCredentialsProvider base,
      Optional<ProxyRoute> way) {
    ProxyConfiguration.Builder proxy =
        ProxyConfiguration.builder()
            .useSystemPropertyValues(false)
            .useEnvironmentVariablesValues(false);
    way.ifPresent(
        route -> {
          proxy.endpoint(
              URI.create(
                  (route.tls() ? "https://" : "http://") + route.host() + ":" + route.port()));
          if (!route.user().isEmpty()) {
            proxy.username(route.user()).password(route.password());
          }
        });
    TrustManager[] trust;
    try {
      trust = S3Trust.of(options);
    } catch (ObjectException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
    SdkHttpClient http =
        UrlConnectionHttpClient.builder()
            .connectionTimeout(STS_TIMEOUT)
            .socketTimeout(STS_TIMEOUT)
            .proxyConfiguration(proxy.build())
            .tlsTrustManagersProvider(() -> trust)
            .build();
    StsClientBuilder builder =
        StsClient.builder()
            .httpClient(http)
            .region(region)
            .credentialsProvider(base == null ? AnonymousCredentialsProvider.create() : base);
    service.ifPresent(builder::endpointOverride);
    return builder.build();
  }

  S3AsyncClient sdk() {
    return sdk;
  }

  /** The keys at hand; null where there are none yet, or none are wanted. */
  AwsCredentialsIdentity keys() {
    return keys.map(S3Credentials::known).orElse(null);
  }

  /** Whether there are others now than these, which the store has refused. */
  boolean replacedKeys(AwsCredentialsIdentity refused, Deadline deadline) {
    return refused != null && keys.isPresent() && keys.get().replaced(refused, deadline);
  }

  /** Why the place of the keys gives no others; empty where it does. */
  String keyTrouble() {
    return keys.map(S3Credentials::trouble).orElse("");
  }

  @Override
  public void close() {
    sdk.close();
    http.close();
    timer.shutdownNow();
    keys.ifPresent(S3Credentials::close);
  }
}
