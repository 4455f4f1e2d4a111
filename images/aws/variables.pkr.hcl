variable "region" {
  type        = string
  default     = "ap-northeast-2"
  description = "Where the image is built; a stack finds it in its own region only."
}

variable "family" {
  type        = string
  default     = "unifiedmeta"
  description = "What `image.golden` of a stack file names."
}

variable "rke2_version" {
  type        = string
  default     = "v1.35.7+rke2r1"
  description = "As `cluster.version` of the stacks that use the image: they look for it by this."
}

variable "cni" {
  type        = string
  default     = "canal"
  description = "As `cluster.cni`: whose images are put in."
}

variable "base_image" {
  type        = string
  default     = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20260714"
  description = "One dated build, the same that stacks without a golden image use."
}

variable "instance_type" {
  type        = string
  default     = "m7i.large"
  description = "The machine that the image is built on."
}

variable "subnet_id" {
  type        = string
  default     = ""
  description = "A private subnet with a way out (NAT). Empty: the default VPC's."
}

variable "instance_profile" {
  type        = string
  default     = ""
  description = "With AmazonSSMManagedInstanceCore, so that packer comes in by Session Manager. Empty: by SSH, from `ssh_from`."
}

variable "ssh_from" {
  type        = list(string)
  default     = ["127.0.0.1/32"]
  description = "Who may connect to the build machine. Packer's own default is the whole world; this one is nobody: name your address, or instance_profile."
}

variable "kms_key_id" {
  type        = string
  default     = ""
  description = "Encrypts the image. Empty: the account's own EBS key. Each node encrypts its disk with its stack's key anyway."
}
