locals {
  send_events = { role = "Azure Event Hubs Data Sender", scope = var.hub_ids["events"] }
  # A numbered producer is remembered beside the checkpoints.
  leases      = { role = "Storage Blob Data Contributor", scope = var.container_ids["leases"] }
  lake_reader = { role = "Storage Blob Data Reader", scope = var.container_ids["lake"] }
  lake_writer = { role = "Storage Blob Data Contributor", scope = var.container_ids["lake"] }
  secrets     = { role = "Key Vault Secrets User", scope = var.vault_id }

  api_writes = var.api_replays_quarantine || var.api_sends_webhooks

  rights = {
    api = merge(
      { for right in [local.lake_reader] : "lake" => right if !local.api_writes },
      { for right in [local.lake_writer] : "lake" => right if local.api_writes },
      { for right in [local.send_events] : "events" => right if var.api_takes_verdicts },
      { for right in [local.leases] : "leases" => right if var.api_takes_verdicts },
    )
    collector = merge(
      { events = local.send_events, leases = local.leases },
      { for right in [local.lake_writer] : "lake" => right if var.collector_keeps_schemas },
    )
    # Of the SecretStore in the environment's namespace: no service reads secrets here.
    secrets = { secrets = local.secrets }
  }
}

module "identity" {
  source   = "../service-identity"
  for_each = local.rights

  name            = var.names[each.key]
  group           = var.group
  tags            = var.tags
  cluster         = var.cluster
  service_account = var.service_accounts[each.key]
  rights          = each.value
}
