import { ENVIRONMENTS } from './limits.js';
import { RULE_FILES, ruleFileText } from './rule-files.js';

/** Path from the root of the repository -> text. */
export function ruleFiles(): ReadonlyMap<string, string> {
  return new Map(
    ENVIRONMENTS.flatMap((environment) =>
      RULE_FILES.map((file): [string, string] => [
        `deploy/prometheus/${environment}/${file}.rules.yaml`,
        ruleFileText(file, environment),
      ]),
    ),
  );
}
