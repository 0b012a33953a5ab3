package dev.gatun.server.http;

/**
 * A row of the routing table.
 *
 * @param verb upper-case HTTP method
 * @param pattern path; a segment in braces stands for any one segment, as in {@code
 *     /v2/models/{name}}
 */
public record Route(String verb, String pattern, HttpHandler handler) {}
