import { each, ofType, type Rule } from './rule.js';
import { at, blocksIn, textOf, textsIn, type Body, type Tree } from './tree.js';

/** A `*` that is meant, by document and statement. */
const MEANT: Readonly<Record<string, string>> = {
  'key/AccountAdministersByIam': 'in the policy of a key, * is the key; without this nobody could change it',
  'key/LogGroupsOfTheEnvironment': 'in the policy of a key, * is the key',
  'key/AlarmsReachTheirTopic': 'in the policy of a key, * is the key',
  'crawler/ReadItsOwnSecurityConfiguration': 'Glue knows no resource for it',
};

/** Roles of data alone; those of the security module are for the key, and for nobody's pods. */
const AZURE_ROLES = new Set([
  'Azure Event Hubs Data Receiver',
  'Azure Event Hubs Data Sender',
  'Storage Blob Data Contributor',
  'Storage Blob Data Reader',
  'Key Vault Secrets User',
  'Schema Registry Reader (Preview)',
  'Key Vault Crypto Officer',
  'Key Vault Crypto Service Encryption User',
]);

interface Statement {
  readonly document: string;
  readonly at: string;
  readonly body: Body;
}

function statementsOf(tree: Tree): Statement[] {
  return tree.data
    .filter(({ type }) => type === 'aws_iam_policy_document')
    .flatMap(({ name, at: where, body }) =>
      blocksIn(body, 'statement').map((statement) => ({
        document: name,
        at: `${where}/${textOf(statement['sid'])}`,
        body: statement,
      })),
    );
}

const allows = ({ body }: Statement): boolean => body['effect'] !== 'Deny';

const isMeant = ({ document, body }: Statement): boolean => `${document}/${textOf(body['sid'])}` in MEANT;

/** Actions written out in a list or in the branches of an expression. */
const actionsOf = ({ body }: Statement): string[] => textOf(body['actions']).match(/[\w-]*[:*][\w*]*/g) ?? [];

const hasAnyone = ({ body }: Statement): boolean =>
  blocksIn(body, 'principals').some((principals) => textOf(principals['identifiers']).includes('*'));

const conditionsOf = ({ body }: Statement): string[] =>
  blocksIn(body, 'condition').map(({ test, variable }) => `${textOf(test)} ${textOf(variable)}`);

const say = (statements: readonly Statement[], what: string) =>
  statements.map(({ at: where }) => `${where}: ${what}`);

export const RIGHTS: readonly Rule[] = [
  {
    name: 'no wildcard actions without a reason',
    check: (tree) =>
      statementsOf(tree)
        .filter((statement) => allows(statement) && !isMeant(statement))
        .flatMap((statement) =>
          say(
            [statement],
            actionsOf(statement)
              .filter((action) => action.includes('*'))
              .join(),
          ).filter((line) => !line.endsWith(': ')),
        ),
  },
  {
    name: 'no wildcard resources without a reason',
    check: (tree) =>
      say(
        statementsOf(tree).filter(
          (statement) =>
            allows(statement) &&
            !isMeant(statement) &&
            textsIn(statement.body['resources'] ?? []).some(({ text }) => text === '*' || /"\*"/.test(text)),
        ),
        'resources *',
      ),
  },
  {
    name: 'every reason for a wildcard is still needed',
    check: (tree) => {
      const wild = statementsOf(tree).filter(({ body }) =>
        /"\*"|:\*/.test(textOf([body['actions'] ?? '', body['resources'] ?? ''])),
      );
      const needed = new Set(wild.map(({ document, body }) => `${document}/${textOf(body['sid'])}`));
      return Object.keys(MEANT).filter((statement) => !needed.has(statement));
    },
  },
  {
    name: 'nobody is anybody, but where everybody is refused',
    check: (tree) =>
      say(
        statementsOf(tree).filter((statement) => allows(statement) && hasAnyone(statement)),
        'principal *',
      ),
  },
  {
    name: 'every statement says what it is for',
    check: (tree) =>
      say(
        statementsOf(tree).filter(({ body }) => !/^[A-Z]\w+$/.test(textOf(body['sid']))),
        'no sid',
      ),
  },
  {
    name: 'services of AWS act for this account alone',
    check: (tree) =>
      say(
        statementsOf(tree).filter(
          (statement) =>
            blocksIn(statement.body, 'principals').some(({ type }) => type === 'Service') &&
            !conditionsOf(statement).some((condition) => /SourceAccount|EncryptionContext/.test(condition)),
        ),
        'a service without a condition on the account',
      ),
  },
  {
    name: 'a role is for the pods of one service account',
    check: (tree) =>
      say(
        statementsOf(tree).filter((statement) => {
          if (!actionsOf(statement).includes('sts:AssumeRoleWithWebIdentity')) return false;
          const conditions = conditionsOf(statement);
          return !['sub', 'aud'].every((claim) =>
            conditions.some(
              (condition) => condition.startsWith('StringEquals ') && condition.endsWith(`:${claim}`),
            ),
          );
        }),
        'subject and audience must be compared by StringEquals',
      ),
  },
  {
    name: 'no service deletes versions, tables, streams or keys',
    check: (tree) =>
      statementsOf(tree)
        .filter((statement) => allows(statement) && !isMeant(statement))
        .flatMap((statement) =>
          say(
            [statement],
            actionsOf(statement)
              .filter(
                (action) =>
                  /DeleteObjectVersion|Bypass|DeleteTable|DeleteStream|ScheduleKeyDeletion|PutBucket|CreateTable$/.test(
                    action,
                  ) && !action.startsWith('glue:'),
              )
              .join(),
          ).filter((line) => !line.endsWith(': ')),
        ),
  },
  {
    name: 'Azure: roles of data alone, for single containers, hubs and vaults',
    check: (tree) => {
      const roles = [...tree.locals, ...tree.resources].flatMap(({ at: where, body }) =>
        textsIn(body)
          .filter(({ path }) => ['role', 'role_definition_name'].includes(path.at(-1) ?? ''))
          .map(({ text }) => ({ where, text })),
      );
      const inText = tree.locals.flatMap(({ at: where, body }) =>
        textsIn(body).flatMap(({ text }) =>
          [...text.matchAll(/role\s*=\s*"([^"]+)"/g)].map(([, role = '']) => ({ where, text: role })),
        ),
      );
      const wrong = [...roles, ...inText].filter(
        ({ text }) => !text.startsWith('${') && !AZURE_ROLES.has(text),
      );
      const broad = [...tree.locals, ...ofType(tree, 'azurerm_role_assignment')].filter(({ body }) =>
        textsIn(body).some(
          ({ text, path }) => /scope/.test(path.join()) && /group|subscription|account_ids/.test(text),
        ),
      );
      return [
        ...wrong.map(({ where, text }) => `${where}: ${text}`),
        ...broad.map(({ at: where }) => `${where}: a scope that is too broad`),
      ];
    },
  },
  {
    name: 'Azure: an identity is for the pods of one service account',
    check: (tree) =>
      each(ofType(tree, 'azurerm_federated_identity_credential'), ({ body }) =>
        /^system:serviceaccount:\$\{[^}]+\}:\$\{[^}]+\}$/.test(textOf(at(body, 'subject'))) &&
        textOf(at(body, 'audience')) === '["api://AzureADTokenExchange"]'
          ? null
          : 'subject and audience must name one service account',
      ),
  },
];
