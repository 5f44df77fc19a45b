# What each service may do, and no more. Roles are for containers and hubs, never for an account or the group. Azure's roles for
# blobs don't go down to folders: ingest and detect may write to each other's tables, which the commits of both would refuse.
locals {
  lake     = { role = "Storage Blob Data Contributor", scope = var.container_ids["lake"] }
  leases   = { role = "Storage Blob Data Contributor", scope = var.container_ids["leases"] }
  events   = { role = "Azure Event Hubs Data Receiver", scope = var.hub_ids["events"] }
  signals  = { role = "Azure Event Hubs Data Sender", scope = var.hub_ids["signals"] }
  registry = { for id in compact([var.registry_namespace_id]) : "registry" => { role = "Schema Registry Reader (Preview)", scope = id } }

  rights = {
    ingest = merge({ lake = local.lake, leases = local.leases, events = local.events }, local.registry)
    detect = merge({ lake = local.lake, leases = local.leases, events = local.events, signals = local.signals }, local.registry)
    # compact, vacuum, expire, reconcile, train. It reads no stream.
    upkeep = merge({ lake = local.lake }, local.registry)
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
