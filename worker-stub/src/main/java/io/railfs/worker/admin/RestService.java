// Copyright The RailFS authors
// SPDX-License-Identifier: Apache-2.0
package io.railfs.worker.admin;

import static java.util.Objects.requireNonNull;

import com.typesafe.config.Config;
import io.railfs.http.HttpException;
import io.railfs.http.HttpRequest;
import io.railfs.http.HttpResponse;
import io.railfs.http.HttpRoute;
import io.railfs.http.Json;
import io.railfs.protocol.Attributes;
import io.railfs.protocol.ProtocolException;
import io.railfs.protocol.RailPath;
import io.railfs.protocol.messages.ErrorCode;
import io.railfs.worker.store.BlockAdmin;
import io.railfs.worker.store.disk.FileId;
import io.railfs.worker.ufs.Ufs;
import io.railfs.worker.ufs.UfsException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The administration of a worker, as openapi.json describes it. Thread-safe. */
final class RestService {
  private static final Logger log = LoggerFactory.getLogger(RestService.class);

  static final String DESCRIPTION = "openapi.json";

  private final BodySchemas schemas = BodySchemas.of(WebService.resource(DESCRIPTION));
  private final WorkerView view;
  private final Ufs ufs;
  private final BlockAdmin blocks;
  private final int blockSize;
  private final Jobs jobs;
  private final LogLevel logLevel;

  RestService(
      WorkerView view, Ufs ufs, BlockAdmin blocks, int blockSize, Jobs jobs, LogLevel logLevel) {
    this.view = requireNonNull(view, "view is null");
    this.ufs = requireNonNull(ufs, "ufs is null");
    this.blocks = requireNonNull(blocks, "blocks is null");
    this.blockSize = blockSize;
    this.jobs = requireNonNull(jobs, "jobs is null");
    this.logLevel = requireNonNull(logLevel, "logLevel is null");
  }

  List<HttpRoute> routes() {
    return List.of(
        HttpRoute.get(
            "/openapi.json", r -> HttpResponse.json(200, WebService.resource(DESCRIPTION))),
        HttpRoute.get(
            "/v1/status", r -> HttpResponse.json(200, StatusJson.text(view, jobs.toJson(false)))),
        HttpRoute.get("/v1/blocks", this::blocksOf),
        new HttpRoute("POST", "/v1/load", r -> start(Job.Kind.LOAD, r)),
        new HttpRoute("POST", "/v1/free", r -> start(Job.Kind.FREE, r)),
        HttpRoute.get("/v1/jobs", r -> json(Map.of("jobs", jobs.toJson(false)))),
        new HttpRoute("DELETE", "/v1/jobs", this::cancel),
        new HttpRoute("PUT", "/v1/drain", this::drain),
        HttpRoute.get("/v1/log-level", r -> json(Map.of("level", logLevel.get()))),
        new HttpRoute("PUT", "/v1/log-level", this::setLogLevel));
  }

  private static HttpResponse json(Map<String, Object> answer) {
    return HttpResponse.json(200, Json.text(answer));
  }

  private HttpResponse blocksOf(HttpRequest request) throws HttpException {
    RailPath path = path(request.query().getOrDefault("path", ""));
    Attributes attributes = stat(path);
    if (!attributes.isRegular()) {
      throw new HttpException(422, path + " is not a file");
    }
    FileId file = file(path, attributes);
    long count = JobWalk.blocks(attributes.size(), blockSize);
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("path", path.utf8());
    json.put("size", attributes.size());
    json.put("block_size", blockSize);
    json.put("blocks", count);
    json.put("cached", ranges(count, index -> blocks.check(file, index).cached()));
    json.put("pinned", ranges(count, index -> blocks.check(file, index).pinned()));
    return json(json);
  }

  /** Runs of indexes as "0-3", "7". */
  static List<String> ranges(long count, Predicate<Integer> holds) {
    List<String> ranges = new ArrayList<>();
    int start = -1;
    for (int index = 0; index <= count && index >= 0; index++) {
      boolean in = index < count && holds.test(index);
      if (in && start < 0) {
        start = index;
      } else if (!in && start >= 0) {
        int last = index - 1;
        ranges.add(start == last ? String.valueOf(start) : start + "-" + last);
        start = -1;
      }
    }
    return ranges;
  }

  private HttpResponse start(Job.Kind kind, HttpRequest request) throws HttpException {
    Config body = body(request);
    RailPath path = path(body.getString("path"));
    boolean pin = kind == Job.Kind.LOAD && body.hasPath("pin") && body.getBoolean("pin");
    stat(path);
    if (kind == Job.Kind.LOAD && view.source().isDraining()) {
      throw new HttpException(409, "the worker is draining and loads nothing");
    }
    Job job =
        jobs.start(kind, path, pin)
            .orElseThrow(() -> new HttpException(503, "too many jobs wait; try again later"));
    log.info("job {}: {} {}, asked for by REST", job.id(), kind, path);
    return HttpResponse.json(202, Json.text(job.toJson()));
  }

  private HttpResponse cancel(HttpRequest request) throws HttpException {
    String id = request.query().getOrDefault("id", "");
    Optional<Job> job =
        id.matches("[0-9]{1,9}") ? jobs.find(Integer.parseInt(id)) : Optional.empty();
    Job found = job.orElseThrow(() -> new HttpException(404, "there is no job '" + id + "'"));
    found.cancel();
    return json(found.toJson());
  }

  private HttpResponse drain(HttpRequest request) throws HttpException {
    boolean draining = body(request).getBoolean("draining");
    view.source().drain(draining);
    log.info(
        "{} by REST", draining ? "draining: blocks that are not stored are refused" : "serving");
    return json(Map.of("draining", draining));
  }

  private HttpResponse setLogLevel(HttpRequest request) throws HttpException {
    String level = body(request).getString("level");
    if (!logLevel.set(level)) {
      throw new HttpException(400, "level is none of error, warn, info, debug, trace");
    }
    log.info("log level {} by REST", level);
    return json(Map.of("level", logLevel.get()));
  }

  private Config body(HttpRequest request) throws HttpException {
    String type = request.header("content-type").orElse("");
    if (!type.startsWith("application/json")) {
      throw new HttpException(415, "this needs the header 'Content-Type: application/json'");
    }
    Config body = Json.object(request.body());
    schemas.check(request, body);
    return body;
  }

  private static RailPath path(String text) throws HttpException {
    try {
      return RailPath.of(text);
    } catch (ProtocolException e) {
      throw new HttpException(400, "path: " + e.getMessage(), e);
    }
  }

  private FileId file(RailPath path, Attributes attributes) throws HttpException {
    try {
      return blocks.file(path, attributes.version());
    } catch (UfsException e) {
      throw failure(e);
    }
  }

  private Attributes stat(RailPath path) throws HttpException {
    try {
      return ufs.stat(path);
    } catch (UfsException e) {
      throw failure(e);
    }
  }

  private static HttpException failure(UfsException e) {
    return new HttpException(e.code() == ErrorCode.NOT_FOUND ? 404 : 502, e.getMessage(), e);
  }
}
