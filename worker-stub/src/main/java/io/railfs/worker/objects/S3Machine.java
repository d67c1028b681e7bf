// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ContainerCredentialsProvider;
import software.amazon.awssdk.auth.credentials.InstanceProfileCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.utils.SdkAutoCloseable;

/**
 * Keys that this machine has without settings: of a profile, else of the container, else of the
 * instance. Whether a place has a say is decided again each time, so a file that is written later
 * counts; but where a place that has a say fails, that is the failure. Its neighbour's keys may do
 * other things and never take over for a moment.
 */
final class S3Machine implements AwsCredentialsProvider, SdkAutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(S3Machine.class);

  /** What makes a profile more than a region. */
  private static final List<String> OF_KEYS =
      List.of(
          "aws_access_key_id",
          "aws_secret_access_key",
          "credential_process",
          "role_arn",
          "sso_account_id",
          "sso_session",
          "sso_start_url");

  private final S3Options options;
  private final Optional<AwsCredentialsProvider> profile;
  private final ContainerCredentialsProvider container = ContainerCredentialsProvider.create();
  private final Optional<InstanceProfileCredentialsProvider> instance;

  /**
   * @param profile reads the profile that the options name; empty where files do not count
   */
  S3Machine(S3Options options, Optional<AwsCredentialsProvider> profile) {
    this.options = options;
    this.profile = profile;
    this.instance =
        options.is("disable_ec2_metadata")
            ? Optional.empty()
            : Optional.of(InstanceProfileCredentialsProvider.create());
  }

  @Override
  public AwsCredentials resolveCredentials() {
    if (profile.isPresent() && hasProfile()) {
      return profile.get().resolveCredentials();
    }
    boolean contained =
        !options
            .variable(
                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
            .isEmpty();
    if (contained) {
      return container.resolveCredentials();
    }
    if (instance.isEmpty()) {
      throw SdkClientException.create("no place has any");
    }
    try {
      return instance.get().resolveCredentials();
    } catch (SdkClientException e) {
      log.debug("the instance has no keys", e);
      // Without its cause: a machine that is no instance answers nothing there, which is no fault.
      throw SdkClientException.create("no place has any");
    }
  }

  private boolean hasProfile() {
    return ProfileFile.defaultProfileFile()
        .profile(options.profile())
        .map(each -> OF_KEYS.stream().anyMatch(each.properties()::containsKey))
        .orElse(false);
  }

  @Override
  public void close() {
    profile
        .filter(SdkAutoCloseable.class::isInstance)
        .ifPresent(each -> ((SdkAutoCloseable) each).close());
    container.close();
    instance.ifPresent(InstanceProfileCredentialsProvider::close);
  }
}
