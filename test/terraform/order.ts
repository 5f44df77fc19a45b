import { each, type Rule } from './rule.js';
import { at, bodiesOf, textOf, textsIn, type Block, type Tree } from './tree.js';

/** Names that nobody sees outside of what they belong to. */
const INNER_NAMES = new Set([
  'aws_iam_role_policy',
  'aws_s3_bucket_metric',
  'azurerm_storage_management_policy',
]);
const NAME_FIELDS = ['name', 'bucket', 'cluster_name', 'alarm_name'];
const FROM_NAMING =
  /\$\{[^}]*(var\.(names|name|account_names|database_name|source_bucket)\b|module\.naming|each\.(key|value)|aws_s3_bucket\.\w+\.id)/;
/** `each.key` and `each.value` are names only where they are made of names. */
const MADE_OF_NAMES =
  /var\.names|local\.(msk|alarms|alerts|accounts|audited|lease_tables|producers|crawlers|streams|hubs|endpoints|readers)|var\.secrets|var\.alarm_receivers|var\.rights/;

const ENVIRONMENT = /(^|[^A-Za-z0-9])(dev|qa|prod)([^A-Za-z0-9]|$)/;

const isModule = ({ folder }: Block): boolean => folder.includes('modules/');

const prose = new Set(['description', 'error_message', 'notes', 'comment']);

function nameFault({ type, body }: Block): string | null {
  if (INNER_NAMES.has(type)) return null;
  const [field] = NAME_FIELDS.filter((name) => typeof body[name] === 'string');
  if (field === undefined) return null;
  const name = textOf(body[field]);
  if (!FROM_NAMING.test(name)) return `${field} is ${name}`;
  return name.includes('each.') && !MADE_OF_NAMES.test(textOf(body['for_each']) + name)
    ? `${field} is ${name}`
    : null;
}

/** Text of a folder without its declarations of variables: where they are used. */
function usesIn(tree: Tree, folder: string): string {
  return [...tree.files]
    .filter(([path]) => path.slice(0, path.lastIndexOf('/')) === folder)
    .map(([, text]) => text)
    .join('\n');
}

function declaredIn(tree: Tree, folder: string): ReadonlyMap<string, Block> {
  return new Map(
    tree.variables
      .filter((variable) => variable.folder === folder)
      .map((variable) => [variable.name, variable]),
  );
}

const folderOf = ({ folder, body }: Block): string =>
  new URL(textOf(body['source']), `file:///${folder}/`).pathname.slice(1);

/** Those that Terraform itself gives meaning to in a call. */
const META = new Set(['source', 'for_each', 'count', 'depends_on', 'providers']);

export const ORDER: readonly Rule[] = [
  {
    name: 'what an environment may have goes through the guardrails',
    check: (tree) => {
      const guarded = [...declaredIn(tree, 'modules/guardrails').keys()].filter(
        (name) => !name.includes('environment'),
      );
      const calls = tree.calls.filter(
        ({ folder, name }) => !folder.includes('modules/') && name !== 'guardrails',
      );
      return each(calls, ({ body }) => {
        const past = guarded.filter((name) => new RegExp(`var\\.${name}\\b`).test(textOf(body)));
        return past.length > 0 ? `takes ${past.join()} past them` : null;
      });
    },
  },
  {
    name: 'every name comes from the naming module',
    check: (tree) => each(tree.resources, nameFault),
  },
  {
    name: 'no module knows the name of an environment',
    check: (tree) =>
      [...tree.resources, ...tree.data, ...tree.variables, ...tree.outputs, ...tree.calls, ...tree.locals]
        .filter((block) => isModule(block))
        .flatMap((block) =>
          textsIn(block.body)
            .filter(({ path, text }) => !path.some((part) => prose.has(part)) && ENVIRONMENT.test(text))
            // Who is strict by default is the one thing that guardrails must know.
            .filter(() => block.name !== 'strict_environments')
            .map(({ text }) => `${block.at}: ${text}`),
        ),
  },
  {
    name: 'AWS: everything carries the tags of the naming module',
    check: (tree) =>
      each(
        tree.providers.filter(({ name }) => name === 'aws'),
        ({ body }) =>
          textOf(at(body, 'default_tags.tags')) === '${module.naming.tags}' ? null : 'no default tags',
      ),
  },
  {
    name: 'a provider changes one account alone',
    check: (tree) =>
      each(tree.providers, ({ name, body }) =>
        textOf(body[name === 'aws' ? 'allowed_account_ids' : 'subscription_id']).includes(
          name === 'aws' ? 'var.account_id' : 'var.subscription_id',
        )
          ? null
          : 'any account that the credentials reach',
      ),
  },
  {
    name: 'versions of Terraform and providers have an upper bound',
    check: (tree) =>
      each(tree.settings, ({ body }) => {
        const wanted = bodiesOf(body['required_providers'])
          .flatMap((providers) => Object.values(providers))
          .flatMap(bodiesOf);
        const bounds = [textOf(body['required_version']), ...wanted.map(({ version }) => textOf(version))];
        return bounds.every((bound) => /^>= [\d.]+, < [\d.]+$/.test(bound)) ? null : bounds.join(' | ');
      }),
  },
  {
    name: 'state is kept elsewhere, and which is said by the environment',
    check: (tree) =>
      each(
        tree.settings.filter(({ folder }) => !folder.includes('/') && folder !== '.'),
        ({ body }) => {
          const kinds = bodiesOf(body['backend']).flatMap((backend) => Object.entries(backend));
          const isPartial =
            kinds.length === 1 &&
            kinds.every(([, inside]) => bodiesOf(inside).every((one) => Object.keys(one).length === 0));
          return isPartial ? null : 'backend must be there, and empty';
        },
      ),
  },
  {
    name: 'every variable is described, checked, and null only by default',
    check: (tree) =>
      each(tree.variables, ({ body }) => {
        if (textOf(body['description']).length < 10) return 'no description';
        if (body['type'] === undefined) return 'no type';
        if (
          body['type'] !== '${bool}' &&
          bodiesOf(body['validation']).length === 0 &&
          !bodiesOf([body['validation'] ?? null].flat()).length
        )
          return 'no validation';
        return body['nullable'] === false || ('default' in body && body['default'] === null)
          ? null
          : 'may be null';
      }),
  },
  {
    name: 'every variable is used',
    check: (tree) =>
      each(tree.variables, ({ folder, name }) => {
        const uses = usesIn(tree, folder).replace(
          new RegExp(`variable "${name}" \\{[\\s\\S]*?\\n\\}\\n`),
          '',
        );
        return new RegExp(`\\bvar\\.${name}\\b`).test(uses) ? null : 'nobody asks for it';
      }),
  },
  {
    name: 'every output is described',
    check: (tree) =>
      each(tree.outputs, ({ body }) => (textOf(body['description']).length < 10 ? 'no description' : null)),
  },
  {
    name: 'every module gets what it asks for, and nothing else',
    check: (tree) =>
      each(tree.calls, (call) => {
        const declared = declaredIn(tree, folderOf(call));
        const given = Object.keys(call.body).filter((name) => !META.has(name));
        const unknown = given.filter((name) => !declared.has(name));
        const missing = [...declared].filter(
          ([name, { body }]) => !('default' in body) && !given.includes(name),
        );
        const faults = [
          ...unknown.map((name) => `${name} is not known`),
          ...missing.map(([name]) => `${name} is missing`),
        ];
        return faults.length > 0 ? faults.join(', ') : null;
      }),
  },
];
