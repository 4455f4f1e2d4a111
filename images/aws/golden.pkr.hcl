# The golden image of AWS: Ubuntu 24.04 LTS, RKE2 and its images, and what a node needs, so that a node's first boot fetches nothing.
#
#   packer init images/aws && packer build -var region=ap-northeast-2 images/aws
#
# A stack takes it with `image: {golden: unifiedmeta}`: the newest of this family and of the stack's own RKE2 version, in its own account.

locals {
  built = formatdate("YYYYMMDDhhmmss", timestamp())
  # An AMI's name takes no plus sign.
  version = replace(var.rke2_version, "+", "-")
  name    = "${var.family}-${local.version}-${local.built}"

  tags = {
    Name         = local.name
    image-family = var.family
    rke2-version = var.rke2_version
    cni          = var.cni
    base-image   = var.base_image
    managed-by   = "packer"
  }
}

source "amazon-ebs" "golden" {
  region        = var.region
  ami_name      = local.name
  instance_type = var.instance_type
  subnet_id     = var.subnet_id

  source_ami_filter {
    # The owner is named because anybody may publish an image under any name: this one is Canonical.
    owners = ["099720109477"]
    filters = {
      name                = var.base_image
      architecture        = "x86_64"
      virtualization-type = "hvm"
      root-device-type    = "ebs"
    }
    most_recent = true
  }

  ssh_username                          = "ubuntu"
  ssh_interface                         = var.instance_profile == "" ? "" : "session_manager"
  ssh_clear_authorized_keys             = true
  iam_instance_profile                  = var.instance_profile
  temporary_security_group_source_cidrs = var.ssh_from

  encrypt_boot = true
  kms_key_id   = var.kms_key_id

  launch_block_device_mappings {
    device_name           = "/dev/sda1"
    volume_type           = "gp3"
    volume_size           = 20
    iops                  = 3000
    throughput            = 125
    delete_on_termination = true
  }

  tags            = local.tags
  snapshot_tags   = local.tags
  run_tags        = local.tags
  run_volume_tags = local.tags
}

build {
  sources = ["source.amazon-ebs.golden"]

  provisioner "shell" {
    execute_command  = "sudo env {{ .Vars }} bash '{{ .Path }}'"
    environment_vars = ["RKE2_VERSION=${var.rke2_version}", "RKE2_CNI=${var.cni}"]
    scripts = [
      "${path.root}/../common/packages.sh",
      "${path.root}/../common/rke2.sh",
      "${path.root}/../common/hardening.sh",
      "${path.root}/../common/clean.sh",
    ]
  }
}
