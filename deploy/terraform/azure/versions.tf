terraform {
  required_version = ">= 1.11.0, < 2.0.0"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.73.0, < 5.0.0"
    }
  }

  # envs/<environment>.backend.hcl says where. Locked by a lease on the state's blob.
  backend "azurerm" {}
}

provider "azurerm" {
  # Credentials that reach several subscriptions still change this one alone.
  subscription_id = var.subscription_id
  # Account keys are switched off: containers are made as whoever signs in to Entra ID.
  storage_use_azuread = true

  features {
    key_vault {
      purge_soft_delete_on_destroy    = false
      recover_soft_deleted_key_vaults = true
    }

    resource_group {
      prevent_deletion_if_contains_resources = true
    }
  }
}

data "azurerm_client_config" "deployer" {}
