/** All that say something of a value, in any draft. Other words name and describe, or are of other tools. */
const ASSERTIONS = new Set(
  (
    '$ref $dynamicRef $recursiveRef type properties required additionalProperties items minItems maxItems enum const not ' +
    'allOf anyOf oneOf if then else dependencies dependentRequired dependentSchemas patternProperties propertyNames ' +
    'minProperties maxProperties unevaluatedProperties additionalItems prefixItems contains minContains maxContains ' +
    'uniqueItems unevaluatedItems minLength maxLength pattern format minimum maximum exclusiveMinimum exclusiveMaximum ' +
    'multipleOf nullable'
  ).split(' '),
);

/** Whether the schema demands nothing but by these keywords. */
export function assertsOnly(
  schema: Readonly<Record<string, unknown>>,
  keywords: ReadonlySet<string>,
): boolean {
  return Object.keys(schema).every((keyword) => keywords.has(keyword) || !ASSERTIONS.has(keyword));
}

/** The keywords of a schema that demand something. */
export function assertionsOf(schema: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.keys(schema).filter((keyword) => ASSERTIONS.has(keyword));
}
