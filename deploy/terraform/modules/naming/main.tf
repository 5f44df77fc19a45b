# The one place where names and tags are made: <org>-<thing>-<environment>-<region>-<suffix>. The services refuse to start
# on a name that carries another environment, so a name that was put together elsewhere is a defect.
locals {
  services = ["ingest", "detect", "api", "collector", "upkeep", "secrets"]
  things   = ["lake", "events", "signals", "keys", "leases", "catalog", "state", "logs", "alarms", "budget", "broker", "group"]

  names = {
    for thing in concat(local.services, local.things) :
    thing => join("-", [var.org, thing, var.environment, var.region, var.suffix])
  }
}
