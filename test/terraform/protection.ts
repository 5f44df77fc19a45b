import { each, ofType, type Rule } from './rule.js';
import { at, blocksIn, textOf, type Block, type Tree } from './tree.js';

/** What must stand where, in every resource of that type, for its data to be encrypted with the environment's key. */
const ENCRYPTED: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  aws_kinesis_stream: { encryption_type: /^KMS$/, kms_key_id: /kms_key_arn/ },
  aws_dynamodb_table: {
    'server_side_encryption.enabled': /^true$/,
    'server_side_encryption.kms_key_arn': /var\.kms_key_arn/,
  },
  aws_msk_cluster: { 'encryption_info.encryption_at_rest_kms_key_arn': /kms_key_arn/ },
  aws_s3_bucket_server_side_encryption_configuration: {
    'rule.apply_server_side_encryption_by_default.sse_algorithm': /^aws:kms$/,
    'rule.apply_server_side_encryption_by_default.kms_master_key_id': /kms_key_arn|aws_kms_replica_key/,
    'rule.bucket_key_enabled': /^true$/,
  },
  aws_sns_topic: { kms_master_key_id: /kms_key_arn/ },
  aws_cloudwatch_log_group: { kms_key_id: /kms_key_arn/ },
  aws_secretsmanager_secret: { kms_key_id: /aws_kms_key/ },
  aws_glue_security_configuration: {
    'encryption_configuration.s3_encryption.kms_key_arn': /kms_key_arn/,
    'encryption_configuration.cloudwatch_encryption.kms_key_arn': /kms_key_arn/,
    'encryption_configuration.job_bookmarks_encryption.kms_key_arn': /kms_key_arn/,
  },
  aws_glue_crawler: { security_configuration: /aws_glue_security_configuration/ },
  azurerm_storage_account: {
    'customer_managed_key.key_vault_key_id': /encryption\.key_id/,
    infrastructure_encryption_enabled: /^true$/,
  },
  azurerm_eventhub_namespace_customer_managed_key: { key_vault_key_ids: /encryption\.key_id/ },
};

/** Types that keep nothing of the product's data themselves, or are encrypted by what they belong to. */
const KEEPS_NOTHING = new RegExp(
  '^(aws_(kms_|iam_|appautoscaling_|security_group|vpc_security_group|msk_configuration|cloudwatch_metric_alarm|budgets_budget|' +
    'sns_topic_(policy|subscription)|glue_catalog_database|s3_bucket_|s3_bucket$)|azurerm_(resource_group|key_vault|role_assignment|' +
    'user_assigned_identity|federated_identity_credential|private_endpoint|management_lock|storage_container|storage_management_policy|' +
    'eventhub|monitor_|log_analytics_workspace|consumption_budget))',
);

/** What must stand in every resource of a type. */
const SET: Readonly<Record<string, Readonly<Record<string, RegExp>>>> = {
  aws_kinesis_stream: { retention_period: /var\.retention_hours/ },
  aws_cloudwatch_metric_alarm: { alarm_actions: /aws_sns_topic\.alarms/ },
  aws_kms_key: { enable_key_rotation: /^true$/, deletion_window_in_days: /^30$/ },
  aws_secretsmanager_secret: { recovery_window_in_days: /^30$/ },
  aws_s3_bucket: { force_destroy: /^false$/ },
  aws_s3_bucket_versioning: { 'versioning_configuration.status': /^Enabled$/ },
  aws_s3_bucket_public_access_block: {
    block_public_acls: /^true$/,
    block_public_policy: /^true$/,
    ignore_public_acls: /^true$/,
    restrict_public_buckets: /^true$/,
  },
  aws_s3_bucket_ownership_controls: { 'rule.object_ownership': /^BucketOwnerEnforced$/ },
  aws_dynamodb_table: {
    deletion_protection_enabled: /var\.deletion_protection/,
    'point_in_time_recovery.enabled': /var\.deletion_protection/,
  },
  aws_msk_cluster: {
    'client_authentication.unauthenticated': /^false$/,
    'client_authentication.sasl.iam': /^true$/,
    'encryption_info.encryption_in_transit.client_broker': /^TLS$/,
    'encryption_info.encryption_in_transit.in_cluster': /^true$/,
  },
  aws_msk_configuration: {
    server_properties: /min\.insync\.replicas=2[\s\S]*unclean\.leader\.election\.enable=false/,
  },
  azurerm_key_vault: {
    purge_protection_enabled: /^true$/,
    soft_delete_retention_days: /^90$/,
    rbac_authorization_enabled: /^true$/,
    'network_acls.default_action': /^Deny$/,
    // Storage and Event Hubs unwrap their keys by it.
    'network_acls.bypass': /^AzureServices$/,
    public_network_access_enabled: /var\.network\.public/,
  },
  azurerm_key_vault_key: { 'rotation_policy.automatic.time_after_creation': /^P1Y$/ },
  azurerm_storage_account: {
    allow_nested_items_to_be_public: /^false$/,
    shared_access_key_enabled: /^false$/,
    local_user_enabled: /^false$/,
    cross_tenant_replication_enabled: /^false$/,
    https_traffic_only_enabled: /^true$/,
    min_tls_version: /^TLS1_2$/,
    public_network_access_enabled: /var\.network\.public/,
    'network_rules.default_action': /^Deny$/,
    'blob_properties.delete_retention_policy.days': /./,
  },
  azurerm_storage_container: { container_access_type: /^private$/ },
  azurerm_eventhub_namespace: {
    local_authentication_enabled: /^false$/,
    minimum_tls_version: /^1\.2$/,
    public_network_access_enabled: /var\.network\.public/,
    network_rulesets: /default_action[": =]+Deny/,
  },
  azurerm_log_analytics_workspace: { local_authentication_enabled: /^false$/ },
};

/** What can't be had again once it is gone. */
const IRREPLACEABLE = [
  ...['aws_kms_key', 'aws_kms_replica_key', 'aws_s3_bucket', 'azurerm_key_vault', 'azurerm_key_vault_key'],
  ...['azurerm_storage_account', 'azurerm_storage_container'],
];

const demands = (tree: Tree, table: typeof SET): string[] =>
  Object.entries(table).flatMap(([type, fields]) =>
    ofType(tree, type).flatMap((resource) =>
      Object.entries(fields).flatMap(([path, pattern]) => {
        const value = textOf(at(resource.body, path));
        return pattern.test(value) ? [] : [`${resource.at}: ${path} is ${value}`];
      }),
    ),
  );

/** Buckets that no resource of the type belongs to. */
const bucketsWithout = (tree: Tree, type: string): Block[] =>
  ofType(tree, 'aws_s3_bucket').filter(
    ({ folder, name }) =>
      !ofType(tree, type).some(
        (other) =>
          other.folder === folder && textOf(at(other.body, 'bucket')).includes(`aws_s3_bucket.${name}.`),
      ),
  );

const refusesWithoutTls = (tree: Tree, document: string): boolean =>
  tree.data.some(
    ({ name, body }) =>
      name === document &&
      blocksIn(body, 'statement').some(
        (statement) =>
          statement['effect'] === 'Deny' &&
          blocksIn(statement, 'condition').some(
            ({ variable, values }) => variable === 'aws:SecureTransport' && textOf(values) === '["false"]',
          ),
      ),
  );

export const PROTECTION: readonly Rule[] = [
  {
    name: 'everything is encrypted with the key of the environment',
    check: (tree) => demands(tree, ENCRYPTED),
  },
  {
    name: 'every type of resource is known to be encrypted, or to keep nothing',
    check: (tree) =>
      each(tree.resources, ({ type }) =>
        type in ENCRYPTED || KEEPS_NOTHING.test(type) ? null : 'not known',
      ),
  },
  { name: 'what protects is switched on', check: (tree) => demands(tree, SET) },
  {
    name: 'every bucket has its protection',
    check: (tree) =>
      [
        'aws_s3_bucket_public_access_block',
        'aws_s3_bucket_ownership_controls',
        'aws_s3_bucket_versioning',
        'aws_s3_bucket_server_side_encryption_configuration',
        'aws_s3_bucket_lifecycle_configuration',
        'aws_s3_bucket_policy',
      ].flatMap((type) => each(bucketsWithout(tree, type), () => `no ${type}`)),
  },
  {
    name: 'what comes without TLS is refused',
    check: (tree) =>
      ['aws_s3_bucket_policy', 'aws_sns_topic_policy'].flatMap((type) =>
        each(ofType(tree, type), ({ body }) => {
          const [, document = ''] = /aws_iam_policy_document\.(\w+)/.exec(textOf(at(body, 'policy'))) ?? [];
          return refusesWithoutTls(tree, document) ? null : 'no statement that refuses';
        }),
      ),
  },
  {
    name: 'what cannot be had again is not destroyed',
    check: (tree) =>
      IRREPLACEABLE.flatMap((type) =>
        each(ofType(tree, type), ({ body }) =>
          at(body, 'lifecycle.prevent_destroy') === true ? null : 'no prevent_destroy',
        ),
      ),
  },
  {
    name: 'no lifecycle takes away what a table may need',
    check: (tree) => [
      ...each(ofType(tree, 'aws_s3_bucket_lifecycle_configuration'), ({ body }) => {
        const rules = blocksIn(body, 'rule');
        const expires = rules.some((rule) =>
          blocksIn(rule, 'expiration').some((expiration) => 'days' in expiration || 'date' in expiration),
        );
        const classes = rules.flatMap((rule) =>
          blocksIn(rule, 'transition').map((move) => textOf(move['storage_class'])),
        );
        const frozen = classes.filter((name) => name !== 'INTELLIGENT_TIERING');
        if (expires) return 'expires current objects';
        const early = rules.some(
          (rule) =>
            !/_state\/$/.test(textOf(at(rule, 'filter.prefix'))) &&
            blocksIn(rule, 'noncurrent_version_expiration').some(
              (expiration) => !textOf(expiration['noncurrent_days']).includes('var.undelete_days'),
            ),
        );
        if (early) return 'takes old versions before undelete_days';
        return frozen.length > 0 ? `moves to ${frozen.join()}` : null;
      }),
      ...each(ofType(tree, 'azurerm_storage_management_policy'), ({ body }) => {
        const blobs = blocksIn(body, 'rule')
          .flatMap((rule) => blocksIn(rule, 'actions'))
          .flatMap((actions) => blocksIn(actions, 'base_blob'));
        const harm = blobs
          .flatMap((actions) => Object.keys(actions))
          .filter((name) => /^delete_|archive/.test(name));
        return harm.length > 0 ? harm.join() : null;
      }),
    ],
  },
  {
    name: 'no value of a secret is in Terraform, whose state would hold it',
    check: (tree) => [
      ...each(tree.resources, ({ type }) =>
        /secret_version$|key_vault_secret$|random_password|_access_key$|_sas$/.test(type)
          ? 'holds a secret'
          : null,
      ),
      ...each(tree.variables, ({ name }) =>
        /password|passphrase|token|private_key|connection_string|credential/.test(name)
          ? 'is a secret'
          : null,
      ),
    ],
  },
];
