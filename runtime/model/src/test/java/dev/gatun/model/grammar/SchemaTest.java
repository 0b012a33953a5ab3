package dev.gatun.model.grammar;

import static dev.gatun.model.grammar.SchemaSamples.OPEN;
import static dev.gatun.model.grammar.SchemaSamples.PERSON;
import static dev.gatun.model.grammar.SchemaSamples.SHAPES;
import static dev.gatun.model.grammar.SchemaSamples.STRINGS;
import static dev.gatun.model.grammar.SchemaSamples.TREE;
import static dev.gatun.model.grammar.Vocabularies.accepts;
import static dev.gatun.model.grammar.Vocabularies.compact;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SchemaTest {

  private static final long SEED = 77_001L;

  private static final Map<String, List<String>> VALID =
      Map.of(
          PERSON,
          List.of(
              "{\"name\":\"Zoë\",\"age\":0,\"tags\":[\"new\"]}",
              "{\"name\":\"a\\\"b\\u00e9\\ud83d\\ude00\",\"age\":130,\"email\":null,"
                  + "\"tags\":[\"old\",\"größe\",\"new\"],\"score\":99.5}",
              "{\"name\":\"\",\"age\":42,\"email\":\"a.b@c.org\",\"tags\":[\"old\"],\"score\":-0.5}"),
          TREE,
          List.of(
              "{\"value\":1}",
              "{\"value\":\"x\",\"children\":[{\"value\":2,\"children\":[]},{\"value\":-3}]}"),
          SHAPES,
          List.of(
              "[{\"kind\":\"circle\",\"r\":1.5e3},{\"kind\":\"line\",\"to\":[0,-2.5]}]",
              "[{\"kind\":\"line\",\"to\":[1,2]}]"),
          OPEN,
          List.of(
              "{\"abc\":true}",
              "{\"ab\":1,\"abc\":false,\"a\":\"x\",\"abcd\":\"yyy\",\"b\":\"\",\"\":\"\"}"),
          STRINGS,
          List.of(
              "{\"code\":\"AB-12\",\"quote\":\"x\\\"y\",\"short\":\"ab\\n\",\"on\":\"2024-02-29\"}",
              "{\"code\":\"ZZ-0\",\"quote\":\"\\\\\",\"short\":\"größ\","
                  + "\"id\":\"123e4567-e89b-12d3-a456-426614174000\"}"));

  @Test
  void acceptsValidDocumentsByteByByte() {
    VALID.forEach(
        (schema, documents) -> {
          CompiledGrammar grammar = compact(schema);
          for (String document : documents) {
            assertThat(Vocabularies.numAccepted(grammar, document))
                .as(document)
                .isEqualTo(document.getBytes(StandardCharsets.UTF_8).length);
            assertThat(accepts(grammar, document)).as(document).isTrue();
          }
        });
  }

  /** The mark ¦ stands before the first byte that must be refused. */
  @Test
  void refusesInvalidDocumentsAtTheRightByte() {
    Map<String, List<String>> invalid =
        Map.of(
            PERSON,
            List.of(
                "{\"name\":¦1",
                "{\"¦age\":3",
                "{\"name\":\"x\",\"age\":13¦1",
                "{\"name\":\"x\",\"age\":¦-1",
                "{\"name\":\"x\",\"age\":1,\"tags\":[¦]",
                "{\"name\":\"\\¦q\"",
                "{\"name\":\"x\",\"age\":1,\"tags\":[\"new\",\"new\",\"old\"¦,",
                "{\"name\":\"x\",\"age\":1,\"tags\":[\"n¦o\"]",
                "{¦ \"name\"",
                "{\"name\":\"x\",\"age\":1,\"tags\":[\"old\"],\"score\":-¦1}",
                "{\"name\":\"x\",\"age\":1,\"tags\":[\"old\"],\"score\":100.0¦1"),
            TREE,
            List.of("{\"value\":1¦.5", "{\"value\":1,\"children\":[{¦}", "{\"value\":¦true"),
            SHAPES,
            List.of(
                "[¦]",
                "[{\"kind\":\"line\",\"¦r\":1}",
                "[{\"kind\":\"line\",\"to\":[1¦]",
                "[{\"kind\":\"line\",\"to\":[1,2¦,3]"),
            OPEN,
            List.of(
                "{\"ab\":1¦}",
                "{\"abc\":true,\"abc¦\":\"x\"",
                "{\"abc\":true,\"x\":\"lon¦ger\"",
                "{\"abc\":true,\"¦\\u0061b\""),
            STRINGS,
            List.of(
                "{\"code\":\"¦a", "{\"code\":\"AB-1\",\"short\":\"a¦\"", "{\"code\":\"AB-1\",¦}"));

    invalid.forEach(
        (schema, documents) -> {
          CompiledGrammar grammar = compact(schema);
          for (String marked : documents) {
            String start = marked.substring(0, marked.indexOf('¦'));
            int expected = start.getBytes(StandardCharsets.UTF_8).length;

            assertThat(Vocabularies.numAccepted(grammar, marked.replace("¦", "")))
                .as(marked)
                .isEqualTo(expected);
          }
        });
  }

  @Test
  void randomWalksGiveDocumentsThatASeparateValidatorAccepts() throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    TokenTrie trie = Vocabularies.bytesAndPieces(SEED, "{}[]\":, \\nau019.-eé€");
    for (String schema : SchemaSamples.ALL) {
      JsonNode parsed = mapper.readTree(schema);
      for (Whitespace whitespace : List.of(Whitespace.COMPACT, Whitespace.FLEXIBLE)) {
        CompiledGrammar grammar =
            new GrammarCompiler(trie).compile(new Constraint.JsonSchema(schema, whitespace));
        RandomWalk walk = new RandomWalk(grammar, SEED);
        for (int i = 0; i < 15; i++) {
          String text = walk.next(40, "}]\"");
          assertThat(new PlainValidator(parsed).accepts(mapper.readTree(text)))
              .as("seed %s schema %s text %s", SEED, schema, text)
              .isTrue();
        }
      }
    }
  }

  @Test
  void boundsOfNumbersHoldForAllNumbersAround() {
    for (int min = -12; min <= 12; min += 3) {
      for (int max = min; max <= min + 110; max += 11) {
        CompiledGrammar integers =
            compact("{\"type\":\"integer\",\"minimum\":" + min + ",\"maximum\":" + max + "}");
        int most = Math.max(max, min + 1);
        CompiledGrammar open =
            compact(
                "{\"type\":\"number\",\"exclusiveMinimum\":%d,\"maximum\":%d}"
                    .formatted(min, most));
        for (int n = -130; n <= 130; n++) {
          assertThat(accepts(integers, Integer.toString(n)))
              .as("%s in %s..%s", n, min, max)
              .isEqualTo(n >= min && n <= max);
          for (String fraction : List.of("", ".0", ".5")) {
            double value = Double.parseDouble(n + fraction);
            assertThat(accepts(open, n + fraction))
                .as("%s%s in (%s..%s]", n, fraction, min, most)
                .isEqualTo(value > min && value <= most);
          }
        }
      }
    }
  }

  @Test
  void flexibleWhitespaceTakesWhatJsonAllowsBetweenTokens() {
    CompiledGrammar grammar =
        Vocabularies.compile(new Constraint.JsonSchema(TREE, Whitespace.FLEXIBLE));
    String pretty = "{\n  \"value\" : 1 ,\r\n\t\"children\": [ { \"value\":2 } ] \n}";

    assertThat(accepts(grammar, pretty)).isTrue();
    assertThat(Vocabularies.numAccepted(compact(TREE), pretty)).isEqualTo(1);
    assertThat(accepts(grammar, " {\"value\":1}")).isFalse();
  }

  @Test
  void anyObjectIsAnObjectOfAnything() {
    CompiledGrammar grammar = Vocabularies.compile(new Constraint.JsonObject(Whitespace.COMPACT));

    assertThat(accepts(grammar, "{}")).isTrue();
    assertThat(accepts(grammar, "{\"a\":[1,{\"b\":[[],\"\"]},null,true,-1.5E+7]}")).isTrue();
    assertThat(accepts(grammar, "[]")).isFalse();
    assertThat(accepts(grammar, "{\"a\":01}")).isFalse();
    assertThat(accepts(grammar, "{\"a\":\"\\ud800\"}")).as("half a character").isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      quoteCharacter = '`',
      value = {
        "{\"not\":{}} ~ #: keyword 'not'",
        "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"minProperties\":1}} ~ #/items:"
            + " keyword 'minProperties'",
        "{\"type\":\"array\",\"uniqueItems\":true} ~ 'uniqueItems'",
        "{\"multipleOf\":2} ~ 'multipleOf'",
        "{\"type\":\"text\"} ~ #/type",
        "{\"$ref\":\"#/$defs/x\"} ~ is not in this schema",
        "{\"$ref\":\"http://x\"} ~ not supported",
        "{\"$ref\":\"#\"} ~ left recursion",
        "false ~ accepts nothing",
        "[] ~ an object or a boolean",
        "{\"type\":\"number\",\"minimum\":0.5} ~ #/minimum",
        "{\"enum\":[]} ~ no value",
        "{\"minimum\":1e999999999} ~ digits of minimum",
        "{\"type\":\"integer\",\"minimum\":5,\"maximum\":4} ~ no integer",
        "{\"pattern\":\"(?=a)\"} ~ #/pattern",
        "{ ~ not JSON",
        "{\"type\":\"string\",\"maxLength\":3,\"pattern\":\"a\"} ~ only one of",
        "{\"allOf\":[{\"pattern\":\"a\"},{\"pattern\":\"b\"}]} ~ cannot be joined",
        "{\"type\":\"object\",\"properties\":{\"n\":{\"$ref\":\"#\"}},\"required\":[\"n\"]} ~ can"
            + " never come",
        "{\"additionalProperties\":false,\"required\":[\"x\"]} ~ 'x'"
      })
  void refusesByKeywordAndPath(String schema, String named) {
    assertThatThrownBy(() -> compact(schema))
        .isInstanceOf(GrammarException.class)
        .hasMessageContaining(named);
  }

  @Test
  void ignoresAnnotationsAndKeywordsItDoesNotKnow() {
    CompiledGrammar grammar =
        compact("{\"type\":\"null\",\"x-order\":1,\"examples\":[1],\"format\":\"odd\"}");

    assertThat(accepts(grammar, "null")).isTrue();
  }
}
