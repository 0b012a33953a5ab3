package dev.gatun.server.text;

import static dev.gatun.server.testing.TestModels.EOS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.gatun.engine.api.ErrorCode;
import dev.gatun.engine.api.ServingException;
import dev.gatun.engine.api.TokenMatcher;
import dev.gatun.server.testing.FakeEngine;
import dev.gatun.server.testing.TestModels;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ConstraintFieldsTest {
  private static final int[] PROMPT = {68, 69};
  private static final Map<String, Object> SCHEMA =
      Map.of("type", "object", "properties", Map.of("a", Map.of("type", "integer")));
  private static final String SCHEMA_TEXT =
      "{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"integer\"}}}";

  private static SamplingFields fields(Map<String, Object> values) {
    SamplingFields fields = new SamplingFields(TestModels.tiny(new FakeEngine(EOS)));
    values.forEach((name, value) -> assertThat(fields.set(name, value)).as(name).isTrue());
    return fields;
  }

  private static boolean accepts(Map<String, Object> values, String text) {
    TokenMatcher matcher =
        fields(values)
            .toRequest("r", PROMPT, 16)
            .sampling()
            .constraint()
            .orElseThrow()
            .newMatcher();
    for (int id : TestModels.encode(text)) {
      if (!matcher.accept(id)) {
        return false;
      }
    }
    return matcher.isComplete();
  }

  private static Map<String, Object> structured(String key, Object value) {
    return Map.of("structured_outputs", Map.of(key, value));
  }

  private static Map<String, Object> format(String type) {
    return Map.of("response_format", Map.of("type", type));
  }

  @Test
  void everyFormOfASchemaIsOneConstraint() {
    List<Map<String, Object>> forms =
        List.of(
            Map.of(
                "response_format",
                Map.of(
                    "type",
                    "json_schema",
                    "json_schema",
                    Map.of("name", "n", "strict", true, "schema", SCHEMA))),
            Map.of(
                "response_format",
                "{\"type\":\"json_schema\",\"json_schema\":{\"schema\":" + SCHEMA_TEXT + "}}"),
            structured("json", SCHEMA),
            structured("json", SCHEMA_TEXT),
            Map.of("structured_outputs", "{\"json\":" + SCHEMA_TEXT + "}"),
            Map.of("guided_json", SCHEMA),
            Map.of("guided_json", SCHEMA_TEXT),
            Map.of(
                "guided_decoding_guide_type", "json_schema", "guided_decoding_guide", SCHEMA_TEXT));

    assertThat(forms)
        .allSatisfy(
            form -> {
              assertThat(accepts(form, "{\"a\": 12}")).isTrue();
              assertThat(accepts(form, "{\n  \"a\": -1\n}")).isTrue();
              assertThat(accepts(form, "{\"b\": 12}")).isFalse();
              assertThat(accepts(form, "12")).isFalse();
            });
  }

  @Test
  void everyFormOfAnyJsonObject() {
    List<Map<String, Object>> forms =
        List.of(
            format("json_object"),
            structured("json_object", true),
            Map.of("guided_decoding_guide_type", "json"));

    assertThat(forms)
        .allSatisfy(
            form -> {
              assertThat(accepts(form, "{\"x\": [true, null]}")).isTrue();
              assertThat(accepts(form, "[1]")).isFalse();
            });
  }

  @Test
  void everyFormOfRegexChoiceAndGrammar() {
    for (Map<String, Object> form :
        List.of(
            structured("regex", "a+b"),
            Map.<String, Object>of("guided_regex", "a+b"),
            Map.<String, Object>of(
                "guided_decoding_guide_type", "regex", "guided_decoding_guide", "a+b"),
            structured("grammar", "root ::= \"a\"+ \"b\""),
            Map.<String, Object>of("guided_grammar", "root ::= \"a\"+ \"b\""),
            Map.<String, Object>of(
                "guided_decoding_guide_type",
                "ebnf_grammar",
                "guided_decoding_guide",
                "root ::= \"a\"+ \"b\""))) {
      assertThat(accepts(form, "aab")).as("%s", form).isTrue();
      assertThat(accepts(form, "ba")).as("%s", form).isFalse();
    }
    for (Map<String, Object> form :
        List.of(
            structured("choice", List.of("yes", "no")),
            Map.<String, Object>of("guided_choice", List.of("yes", "no")),
            Map.<String, Object>of("guided_choice", "[\"yes\", \"no\"]"))) {
      assertThat(accepts(form, "no")).as("%s", form).isTrue();
      assertThat(accepts(form, "yesno")).as("%s", form).isFalse();
    }
    assertThat(accepts(Map.of("guided_choice", "yes"), "yes")).as("one element").isTrue();
  }

  @Test
  void whiteSpaceIsChosenByTheRequest() {
    Map<String, Object> compact =
        Map.of("structured_outputs", Map.of("json", SCHEMA, "disable_any_whitespace", true));
    Map<String, Object> dashes =
        Map.of("structured_outputs", Map.of("json", SCHEMA, "whitespace_pattern", "-*"));
    Map<String, Object> retired = Map.of("guided_json", SCHEMA, "guided_whitespace_pattern", "-*");

    assertThat(accepts(compact, "{\"a\":1}")).isTrue();
    assertThat(accepts(compact, "{\"a\": 1}")).isFalse();
    assertThat(accepts(dashes, "{--\"a\":-1}")).isTrue();
    assertThat(accepts(retired, "{\"a\"---:1}")).isTrue();
    assertThat(accepts(structured("json", SCHEMA), "{\"a\":" + " ".repeat(9) + "1}"))
        .as("white space without end")
        .isFalse();
  }

  @Test
  void plainTextIsNoConstraint() {
    assertThat(fields(format("text")).toRequest("r", PROMPT, 16).sampling().constraint()).isEmpty();
    assertThat(fields(Map.of()).toRequest("r", PROMPT, 16).sampling().constraint()).isEmpty();
  }

  @Test
  void samplesShareTheConstraintAndNotTheMatcher() {
    List<TextRequest> samples =
        fields(Map.of("guided_regex", "a+b", "temperature", 1))
            .toSamples(i -> "r" + i, PROMPT, 16, 3);

    assertThat(samples.stream().map(s -> s.sampling().constraint().orElseThrow()).distinct())
        .hasSize(1);
    TokenMatcher first = samples.get(0).sampling().constraint().orElseThrow().newMatcher();
    TokenMatcher second = samples.get(1).sampling().constraint().orElseThrow().newMatcher();
    assertThat(first.accept(68)).isTrue();
    assertThat(first.accept(69)).isTrue();
    assertThat(first.hasEnded()).isTrue();
    assertThat(second.isComplete()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "response_format | 5 | response_format | an object",
        "response_format | {} | response_format.type | null",
        "response_format | {'type':'structural_tag'} | response_format.type | structural_tag",
        "response_format | {'type':'json_schema'} | response_format.json_schema | an object",
        "response_format | {'type':'json_schema','json_schema':{}} |"
            + " response_format.json_schema.schema | missing",
        "response_format | {'type':'json_schema','json_schema':{'schema':{'properties':"
            + "{'a':{'multipleOf':3}}}}} | response_format.json_schema.schema |"
            + " #/properties/a: keyword 'multipleOf'",
        "structured_outputs | {} | structured_outputs | needs one of",
        "structured_outputs | {'json_object':false} | structured_outputs | needs one of",
        "structured_outputs | {'structural_tag':'x'} | structured_outputs.structural_tag |"
            + " not supported",
        "structured_outputs | {'xml':'x'} | structured_outputs.xml | not supported",
        "structured_outputs | {'regex':'a','choice':['b']} | structured_outputs.choice | exclude",
        "structured_outputs | {'regex':'(?=a)'} | structured_outputs.regex | look-around",
        "structured_outputs | {'regex':7} | structured_outputs.regex | a string",
        "structured_outputs | {'choice':[]} | structured_outputs.choice | at least one",
        "structured_outputs | {'choice':[1]} | structured_outputs.choice | a list of strings",
        "structured_outputs | {'grammar':'root ::= root'} | structured_outputs.grammar | root",
        "structured_outputs | {'json':'{'} | structured_outputs.json | not JSON",
        "structured_outputs | {'json':{},'whitespace_pattern':'('} |"
            + " structured_outputs.whitespace_pattern | cannot be used",
        "structured_outputs | {'json':{},'disable_any_whitespace':'x'} |"
            + " structured_outputs.disable_any_whitespace | true or false",
        "structured_outputs | { | structured_outputs | not JSON",
        "guided_regex | ((a{100}){100}){100} | guided_regex | nodes of the automaton",
        "guided_choice | [1] | guided_choice | list of strings",
        "guided_decoding_guide | a | guided_decoding_guide_type | missing",
        "guided_decoding_guide_type | regex | guided_decoding_guide | missing",
      })
  void whatCannotBeEnforcedIsRefusedNamingIt(
      String name, String value, String field, String message) {
    SamplingFields fields = fields(Map.of(name, value.replace('\'', '"')));

    ServingException refusal =
        catchThrowableOfType(ServingException.class, () -> fields.toRequest("r", PROMPT, 16));

    assertThat(refusal).as(value).isNotNull();
    assertThat(refusal.code()).isEqualTo(ErrorCode.INVALID_ARGUMENT);
    assertThat(refusal.field()).isEqualTo(field);
    assertThat(refusal).hasMessageContainingAll(field, message);
  }

  @Test
  void oneConstraintAtATime() {
    Map<String, Object> two =
        Map.of("response_format", Map.of("type", "json_object"), "guided_regex", "a");

    assertThatThrownBy(() -> fields(two).toRequest("r", PROMPT, 16))
        .isInstanceOf(ServingException.class)
        .hasMessageContainingAll("response_format", "guided_regex", "one constraint");
    assertThat(accepts(Map.of("response_format", Map.of("type", "text"), "guided_regex", "a"), "a"))
        .isTrue();
  }
}
