# In a file of its own: packer before 1.7 has its builders inside and refuses this block, and can validate the rest without it.
packer {
  required_version = ">= 1.7.0"

  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = "~> 1.3"
    }
  }
}
