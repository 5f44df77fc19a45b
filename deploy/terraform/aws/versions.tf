terraform {
  required_version = ">= 1.11.0, < 2.0.0"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 6.0.0, < 7.0.0"
    }
  }

  # envs/<environment>.backend.hcl says where. Locked by S3's own conditional writes: no table is needed.
  backend "s3" {}
}

provider "aws" {
  region = var.region
  # Credentials of another environment's account are refused before anything is looked at.
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = module.naming.tags
  }
}

# The region of the copy; where there is none, nothing is made with it.
provider "aws" {
  alias               = "replica"
  region              = var.replica == null ? var.region : var.replica.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = module.naming.tags
  }
}
