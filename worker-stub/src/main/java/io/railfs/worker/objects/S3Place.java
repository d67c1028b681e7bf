// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.objects;

import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Function;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsSessionCredentials;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider;
import software.amazon.awssdk.services.sts.auth.StsWebIdentityTokenFileCredentialsProvider;

/**
 * Where the keys of a store come from: the conf, else the environment, a token file, a profile, the
 * container or the instance, whichever comes first; and the role that they are changed for. All
 * parts of keys are of one place.
 */
final class S3Place {
  private static final String KEY_ID = "AWS_ACCESS_KEY_ID";
  private static final String TOKEN_FILE = "AWS_WEB_IDENTITY_TOKEN_FILE";
  private static final String ROLE = "AWS_ROLE_ARN";

  private final S3Options options;
  private final Function<AwsCredentialsProvider, StsClient> sts;

  /**
   * @param sts makes a client of the token service that signs with these keys
   */
  S3Place(S3Options options, Function<AwsCredentialsProvider, StsClient> sts) {
    this.options = options;
    this.sts = sts;
  }

  /** Asks nobody yet. The caller closes it where it can be closed. */
  AwsCredentialsProvider open() {
    AwsCredentialsProvider base = base();
    String role = options.of("role_arn");
    if (role.isEmpty() || (isWebIdentity() && role.equals(webRole()))) {
      return base;
    }
    return StsAssumeRoleCredentialsProvider.builder()
        .stsClient(sts.apply(base))
        .refreshRequest(
            request -> {
              request.roleArn(role).roleSessionName(session());
              if (options.has("external_id")) {
                request.externalId(options.of("external_id"));
              }
            })
        .build();
  }

  private AwsCredentialsProvider base() {
    if (options.has("access_key_id")) {
      return fixed(
          options.of("access_key_id"),
          options.of("secret_access_key"),
          options.of("session_token"));
    }
    if (options.has("profile")) {
      return profile(options.of("profile"));
    }
    if (options.mayLookAround() && !options.variable(KEY_ID).isEmpty()) {
      return fixed(
          options.variable(KEY_ID),
          options.variable("AWS_SECRET_ACCESS_KEY"),
          options.variable("AWS_SESSION_TOKEN"));
    }
    return isWebIdentity() ? webIdentity() : machine();
  }

  private boolean isWebIdentity() {
    return options.mayLookAround()
        && !options.has("access_key_id")
        && !options.has("profile")
        && options.variable(KEY_ID).isEmpty()
        && !options.variable(TOKEN_FILE).isEmpty()
        && !webRole().isEmpty();
  }

  private String webRole() {
    String variable = options.variable(ROLE);
    return variable.isEmpty() ? options.of("role_arn") : variable;
  }

  private String session() {
    String name = options.of("role_session_name", "AWS_ROLE_SESSION_NAME");
    return name.isEmpty() ? "railfs" : name;
  }

  private AwsCredentialsProvider webIdentity() {
    return StsWebIdentityTokenFileCredentialsProvider.builder()
        .stsClient(sts.apply(null))
        .roleArn(webRole())
        .roleSessionName(session())
        .webIdentityTokenFile(Path.of(options.variable(TOKEN_FILE)))
        .build();
  }

  private AwsCredentialsProvider machine() {
    return new S3Machine(
        options,
        options.mayLookAround() ? Optional.of(profile(options.profile())) : Optional.empty());
  }

  private static AwsCredentialsProvider fixed(String id, String secret, String token) {
    AwsCredentials keys =
        token.isEmpty()
            ? AwsBasicCredentials.create(id, secret)
            : AwsSessionCredentials.create(id, secret, token);
    return StaticCredentialsProvider.create(keys);
  }

  /** The files are read each time, so that it does not matter how they are replaced. */
  private static AwsCredentialsProvider profile(String name) {
    return ProfileCredentialsProvider.builder()
        .profileFile(ProfileFile::defaultProfileFile)
        .profileName(name)
        .build();
  }
}
