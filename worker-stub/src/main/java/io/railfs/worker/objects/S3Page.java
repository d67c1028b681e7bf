package io.railfs.worker.objects;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.railfs.worker.objects.ObjectException.Kind;
import java.io.ByteArrayInputStream;
import java.net.URLDecoder;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * One reply to ListObjectsV2.
 *
 * @param entries in the order of their keys
 * @param nextToken empty on the last page
 */
record S3Page(List<RawEntry> entries, String nextToken) {
  private static final Set<String> RECORDS = Set.of("Contents", "CommonPrefixes");

  S3Page {
    entries = List.copyOf(entries);
  }

  /**
   * Reads a reply.
   *
   * @param prefix that was asked for, which the keys begin with
   */
  static S3Page parse(byte[] body, String prefix) throws ObjectException {
    try {
      return new Parser(prefix).parse(body);
    } catch (XMLStreamException | DateTimeException | IllegalArgumentException e) {
      throw new ObjectException(Kind.TEMPORARY, "its listing cannot be read: " + e);
    }
  }

  /** The code of an error's body; empty where it has none. */
  static String errorCode(byte[] body) {
    String text = new String(body, UTF_8);
    int start = text.indexOf("<Code>");
    int end = text.indexOf("</Code>");
    boolean plain = start >= 0 && end > start && end - start < 100;
    return plain ? text.substring(start + 6, end).replaceAll("[^A-Za-z0-9_.]", "") : "";
  }

  private static final class Parser {
    private final String prefix;
    private final List<RawEntry> entries = new ArrayList<>();
    private final Map<String, String> fields = new HashMap<>();
    private String token = "";
    private boolean encoded;

    Parser(String prefix) {
      this.prefix = prefix;
    }

    S3Page parse(byte[] body) throws XMLStreamException {
      XMLInputFactory factory = XMLInputFactory.newDefaultFactory();
      factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
      factory.setProperty(XMLInputFactory.IS_SUPPORTING_EXTERNAL_ENTITIES, false);
      factory.setProperty(XMLInputFactory.IS_COALESCING, true);
      XMLStreamReader xml = factory.createXMLStreamReader(new ByteArrayInputStream(body));
      StringBuilder text = new StringBuilder();
      List<Map<String, String>> records = new ArrayList<>();
      while (xml.hasNext()) {
        switch (xml.next()) {
          case XMLStreamConstants.START_ELEMENT -> {
            text.setLength(0);
            if (RECORDS.contains(xml.getLocalName())) {
              fields.clear();
            }
          }
          case XMLStreamConstants.CHARACTERS -> text.append(xml.getText());
          case XMLStreamConstants.END_ELEMENT -> end(xml.getLocalName(), text.toString(), records);
          default -> text.setLength(0);
        }
      }
      records.forEach(this::add);
      entries.sort(
          Comparator.comparing(entry -> entry.directory() ? entry.name() + "/" : entry.name()));
      return new S3Page(entries, token);
    }

    private void end(String element, String text, List<Map<String, String>> records) {
      if (RECORDS.contains(element)) {
        records.add(new HashMap<>(fields));
        fields.clear();
      } else {
        fields.put(element, text);
        switch (element) {
          case "NextContinuationToken" -> token = text;
          case "EncodingType" -> encoded = text.equals("url");
          default -> {
            // A field of the record around it.
          }
        }
      }
    }

    private void add(Map<String, String> record) {
      String key = decoded(record.getOrDefault("Key", ""));
      if (!key.isEmpty()) {
        // The marker of the directory itself has no name.
        if (key.length() > prefix.length()) {
          entries.add(
              new RawEntry(
                  key.substring(prefix.length()),
                  false,
                  Long.parseLong(record.get("Size")),
                  Instant.parse(record.get("LastModified")),
                  record.get("ETag")));
        }
        return;
      }
      String below = decoded(record.getOrDefault("Prefix", ""));
      if (below.length() > prefix.length()) {
        String name = below.substring(prefix.length(), below.length() - 1);
        entries.add(new RawEntry(name, true, 0, null, null));
      }
    }

    private String decoded(String text) {
      return encoded ? URLDecoder.decode(text, UTF_8) : text;
    }
  }
}
