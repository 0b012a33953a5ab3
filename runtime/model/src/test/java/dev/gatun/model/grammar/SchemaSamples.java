package dev.gatun.model.grammar;

/** Schemas as clients send them. */
final class SchemaSamples {

  static final String PERSON =
      """
      {"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Person","type":"object",
       "properties":{
         "name":{"type":"string","description":"full name"},
         "age":{"type":"integer","minimum":0,"maximum":130},
         "email":{"anyOf":[{"type":"string","format":"email"},{"type":"null"}],"default":null},
         "tags":{"type":"array","items":{"enum":["new","old","größe"]},"minItems":1,"maxItems":3},
         "score":{"type":"number","exclusiveMinimum":-1,"maximum":100}},
       "required":["name","age","tags"],"additionalProperties":false}\
      """;

  static final String TREE =
      """
      {"$defs":{"node":{"type":"object","properties":{
           "value":{"type":["integer","string"]},
           "children":{"type":"array","items":{"$ref":"#/$defs/node"}}},
         "required":["value"]}},
       "$ref":"#/$defs/node"}\
      """;

  static final String SHAPES =
      """
      {"type":"array","minItems":1,"items":{"oneOf":[
         {"type":"object","properties":{"kind":{"const":"circle"},"r":{"type":"number"}},
          "required":["kind","r"]},
         {"type":"object","properties":{"kind":{"const":"line"},
            "to":{"type":"array","prefixItems":[{"type":"number"},{"type":"number"}],
                  "items":false,"minItems":2}},"required":["kind","to"]}]}}\
      """;

  static final String OPEN =
      """
      {"type":"object","properties":{"ab":{"type":"integer"},"abc":{"type":"boolean"}},
       "additionalProperties":{"type":"string","maxLength":3},"required":["abc"]}\
      """;

  static final String STRINGS =
      """
      {"allOf":[
        {"type":"object","properties":{"code":{"type":"string","pattern":"^[A-Z]{2}-\\\\d+$"}},
         "required":["code"]},
        {"properties":{"quote":{"type":"string","pattern":"\\"|\\\\\\\\"},
                       "short":{"type":"string","minLength":2,"maxLength":4},
                       "id":{"type":"string","format":"uuid"},
                       "on":{"type":"string","format":"date"}},
         "required":["short"]}]}\
      """;

  static final String[] ALL = {PERSON, TREE, SHAPES, OPEN, STRINGS, "{}", "true"};

  private SchemaSamples() {}
}
