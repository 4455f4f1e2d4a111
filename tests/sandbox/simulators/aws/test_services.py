"""IAM, KMS, Secrets Manager, S3, CloudFront, Route 53, ACM, WAF, logs: what each of them refuses or gives."""

import json
import re

import pytest

from sandbox.provider import UNKNOWN, ProviderError
from tests.sandbox.simulators.kit import aws, paths, urn_of

ROLE = "aws:iam/role:Role"
POLICY = "aws:iam/policy:Policy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
KEY = "aws:kms/key:Key"
ALIAS = "aws:kms/alias:Alias"
SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
BUCKET = "aws:s3/bucket:Bucket"
OBJECT = "aws:s3/bucketObjectv2:BucketObjectv2"
ZONE = "aws:route53/zone:Zone"
RECORD = "aws:route53/record:Record"
CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
ACL = "aws:wafv2/webAcl:WebAcl"
DOCUMENT = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)


@pytest.fixture
def cloud():
    return aws()


def test_a_role_has_unique_id_arn_and_a_name_of_its_own(cloud):
    role = cloud.make(ROLE, "server", name="um-server", assumeRolePolicy=DOCUMENT)
    assert role.id == "um-server"
    assert role.properties["arn"] == "arn:aws:iam::123456789012:role/um-server"
    assert re.fullmatch(r"AROA[A-Z2-7]{17}", role.properties["uniqueId"])
    assert "EntityAlreadyExists" in cloud.refusal(ROLE, "other", name="um-server", assumeRolePolicy=DOCUMENT)
    assert paths(cloud.failures(ROLE, name="n" * 65, assumeRolePolicy=DOCUMENT)) == ["name"]
    assert paths(cloud.failures(ROLE, assumeRolePolicy="{not json")) == ["assumeRolePolicy"]


def test_a_policy_is_measured_and_deleted_only_when_it_is_detached(cloud):
    long = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["s3:" + "x" * 7000], "Resource": "*"}]}
    )
    assert "LimitExceeded" in cloud.failures(POLICY, policy=long)[0].reason
    role = cloud.make(ROLE, "server", assumeRolePolicy=DOCUMENT)
    policy = cloud.make(POLICY, "ccm", policy=DOCUMENT)
    attachment = cloud.make(ATTACHMENT, "ccm", role=role.id, policyArn=policy.id)
    cloud.make(ATTACHMENT, "ssm", role=role.id, policyArn="arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore")
    with pytest.raises(ProviderError, match="DeleteConflict"):
        cloud.delete(POLICY, policy, "ccm")
    with pytest.raises(ProviderError, match="DeleteConflict"):
        cloud.delete(ROLE, role, "server")
    cloud.delete(ATTACHMENT, attachment, "ccm")
    cloud.delete(POLICY, policy, "ccm")
    assert "NoSuchEntity" in cloud.refusal(ATTACHMENT, "x", role=role.id, policyArn=policy.id)


def test_access_keys_are_secret_two_per_user_and_stay_the_same(cloud):
    user = cloud.make("aws:iam/user:User", "longhorn")
    key = cloud.make("aws:iam/accessKey:AccessKey", "one", user=user.id)
    assert re.fullmatch(r"AKIA[A-Z2-7]{16}", key.id)
    assert len(key.properties["secret"]) == 40
    assert "secret" in cloud.provider.secret_outputs("aws:iam/accessKey:AccessKey")
    again = cloud.change("aws:iam/accessKey:AccessKey", key, "one", user=user.id, status="Inactive")
    assert again.properties["secret"] == key.properties["secret"]
    cloud.make("aws:iam/accessKey:AccessKey", "two", user=user.id)
    assert "AccessKeysPerUser" in cloud.refusal("aws:iam/accessKey:AccessKey", "three", user=user.id)


def test_the_issuers_url_is_https_and_its_arn_names_it(cloud):
    provider = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    made = cloud.make(provider, "issuer", url="https://d1.cloudfront.net", clientIdLists=["sts.amazonaws.com"])
    assert made.properties["arn"] == "arn:aws:iam::123456789012:oidc-provider/d1.cloudfront.net"
    assert paths(cloud.failures(provider, url="http://d1", clientIdLists=[])) == ["url"]
    assert cloud.diff(provider, made, "issuer", url="https://d2", clientIdLists=["sts.amazonaws.com"]).replaces == (
        "url",
    )


def test_a_key_refuses_a_policy_that_names_nobody(cloud):
    nobody = "arn:aws:iam::123456789012:role/nobody"
    policy = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": [nobody]}, "Action": "kms:*", "Resource": "*"}],
        }
    )
    assert "invalid principals" in cloud.refusal(KEY, "disks", policy=policy)
    cloud.make(ROLE, "nobody", name="nobody", assumeRolePolicy=DOCUMENT)
    key = cloud.make(KEY, "disks", policy=policy)
    assert re.fullmatch(
        r"arn:aws:kms:ap-northeast-2:123456789012:key/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", key.properties["arn"]
    )


def test_an_alias_points_at_a_key_and_is_there_once(cloud):
    key = cloud.make(KEY, "disks")
    alias = cloud.make(ALIAS, "disks", name="alias/um-disks", targetKeyId=key.id)
    assert alias.properties["targetKeyArn"] == key.properties["arn"]
    assert "AlreadyExistsException" in cloud.refusal(ALIAS, "twin", name="alias/um-disks", targetKeyId=key.id)
    assert "NotFoundException" in cloud.refusal(
        ALIAS, "x", name="alias/x", targetKeyId="00000000-0000-0000-0000-000000000000"
    )
    assert paths(cloud.failures(ALIAS, name="um-disks", targetKeyId="k")) == ["name"]
    assert paths(cloud.failures(KEY, deletionWindowInDays=5)) == ["deletionWindowInDays"]


def test_a_deleted_secret_keeps_its_name_unless_it_goes_at_once(cloud):
    for days, blocked in ((0, False), (7, True)):
        secret = cloud.make(SECRET, f"token-{days}", name=f"um/token/{days}", recoveryWindowInDays=days)
        cloud.delete(SECRET, secret, f"token-{days}")
        if blocked:
            assert "scheduled for deletion" in cloud.refusal(SECRET, "again", name=f"um/token/{days}")
        else:
            cloud.make(SECRET, "again", name=f"um/token/{days}")
    assert paths(cloud.failures(SECRET, recoveryWindowInDays=3)) == ["recoveryWindowInDays"]


def test_a_secrets_arn_ends_in_six_characters_and_its_name_must_not(cloud):
    secret = cloud.make(SECRET, "token", name="um/token")
    assert re.fullmatch(r"arn:aws:secretsmanager:ap-northeast-2:123456789012:secret:um/token-[A-Za-z0-9]{6}", secret.id)
    assert paths(cloud.failures(SECRET, name="um/token-abc123")) == ["name"]


def test_a_new_value_is_a_new_version_and_write_only_values_never_come_back(cloud):
    secret = cloud.make(SECRET, "token", name="um/token")
    version = cloud.make(VERSION, "token", secretId=secret.id, secretString="one")
    assert cloud.diff(VERSION, version, "token", secretId=secret.id, secretString="two").replaces == ("secretString",)
    assert "secretString" in cloud.provider.secret_outputs(VERSION)
    hidden = cloud.make(VERSION, "hidden", secretId=secret.id, secretStringWo="never", secretStringWoVersion=1)
    assert "never" not in str(hidden)
    assert (
        cloud.diff(
            VERSION, hidden, "hidden", secretId=secret.id, secretStringWo="never", secretStringWoVersion=1
        ).changed
        == ()
    )


@pytest.mark.parametrize("name", ["Upper", "ab", "a" * 64, "a..b", "192.168.0.1", "-a-b", "under_score"])
def test_illegal_bucket_names_are_refused(cloud, name):
    assert paths(cloud.failures(BUCKET, bucket=name)) == ["bucket"]


def test_a_bucket_is_there_once_in_the_world_and_not_deleted_while_it_holds_something(cloud):
    bucket = cloud.make(BUCKET, "backups", bucket="um-backups")
    assert bucket.properties["bucketRegionalDomainName"] == "um-backups.s3.ap-northeast-2.amazonaws.com"
    assert "BucketAlreadyOwnedByYou" in cloud.refusal(BUCKET, "twin", bucket="um-backups")
    cloud.make(OBJECT, "keys", bucket=bucket.id, key="jwks", content="{}")
    with pytest.raises(ProviderError, match="BucketNotEmpty"):
        cloud.delete(BUCKET, bucket, "backups")
    forced = cloud.change(BUCKET, bucket, "backups", bucket="um-backups", forceDestroy=True)
    cloud.delete(BUCKET, forced, "backups")


def test_an_automatic_bucket_name_is_lower_case(cloud):
    assert re.fullmatch(r"backups-[0-9a-f]{7}", cloud.make(BUCKET, "Backups").id)


def test_a_public_policy_is_refused_where_public_access_is_blocked(cloud):
    bucket = cloud.make(BUCKET, "issuer", bucket="um-issuer")
    cloud.make(
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "issuer", bucket=bucket.id, blockPublicPolicy=True
    )
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::um-issuer/*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    assert "AccessDenied" in cloud.refusal(
        "aws:s3/bucketPolicy:BucketPolicy", "issuer", bucket=bucket.id, policy=policy
    )
    statement["Principal"] = {"Service": "cloudfront.amazonaws.com"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    cloud.make("aws:s3/bucketPolicy:BucketPolicy", "issuer", bucket=bucket.id, policy=policy)


def test_a_zone_has_four_name_servers_and_its_records_full_names(cloud):
    zone = cloud.make(ZONE, "public", name="um.example")
    assert len({server.rsplit(".", 1)[-1] for server in zone.properties["nameServers"]}) == 4
    record = cloud.make(RECORD, "api", zoneId=zone.id, name="api", type="A", ttl=60, records=["198.51.100.1"])
    assert record.properties["fqdn"] == "api.um.example"
    twin = {"zoneId": zone.id, "name": "api.um.example", "type": "A", "ttl": 60, "records": ["198.51.100.2"]}
    assert "already exists" in cloud.refusal(RECORD, "twin", **twin)
    assert "conflicts with other records" in cloud.refusal(
        RECORD, "c", zoneId=zone.id, name="api", type="CNAME", ttl=60, records=["x"]
    )
    assert "not permitted at apex" in cloud.refusal(
        RECORD, "top", zoneId=zone.id, name="um.example", type="CNAME", ttl=60, records=["x"]
    )
    with pytest.raises(ProviderError, match="HostedZoneNotEmpty"):
        cloud.delete(ZONE, zone, "public")


def test_a_certificate_is_validated_by_its_records_and_a_wildcard_shares_its_parents(cloud):
    zone = cloud.make(ZONE, "public", name="um.example")
    certificate = cloud.make(
        CERTIFICATE,
        "front",
        domainName="um.example",
        subjectAlternativeNames=["*.um.example", "api.um.example"],
        validationMethod="DNS",
    )
    options = {o["domainName"]: o for o in certificate.properties["domainValidationOptions"]}
    assert options["um.example"]["resourceRecordName"] == options["*.um.example"]["resourceRecordName"]
    assert "PENDING_VALIDATION" in cloud.refusal(VALIDATION, "front", certificateArn=certificate.id)
    for name in ("um.example", "api.um.example"):
        option = options[name]
        value = {
            "name": option["resourceRecordName"],
            "type": "CNAME",
            "ttl": 60,
            "records": [option["resourceRecordValue"]],
        }
        cloud.make(RECORD, name, zoneId=zone.id, **value)
    cloud.make(VALIDATION, "front", certificateArn=certificate.id)
    changed = cloud.diff(CERTIFICATE, certificate, "front", domainName="um.example", validationMethod="DNS")
    assert changed.replaces == ("subjectAlternativeNames[0]", "subjectAlternativeNames[1]")


def test_dnssec_signs_with_an_active_key_and_gives_the_record_of_the_parent(cloud):
    zone, key = cloud.make(ZONE, "public", name="um.example"), cloud.make(KEY, "dnssec")
    sign = "aws:route53/hostedZoneDnsSec:HostedZoneDnsSec"
    assert "KeySigningKeyWithActiveStatusNotFound" in cloud.refusal(sign, "public", hostedZoneId=zone.id)
    signing = cloud.make(
        "aws:route53/keySigningKey:KeySigningKey",
        "k",
        hostedZoneId=zone.id,
        keyManagementServiceArn=key.properties["arn"],
        name="k",
    )
    assert re.fullmatch(r"\d+ 13 2 [0-9A-F]{64}", signing.properties["dsRecord"])
    cloud.make(sign, "public", hostedZoneId=zone.id)


def test_a_web_acl_says_which_rule_is_wrong_and_protects_only_layer_seven(cloud):
    visible = {"cloudwatchMetricsEnabled": True, "metricName": "m", "sampledRequestsEnabled": True}
    rule = {
        "name": "a",
        "priority": 1,
        "statement": {"geoMatchStatement": {"countryCodes": ["KR"]}},
        "visibilityConfig": visible,
    }
    base = {"scope": "REGIONAL", "defaultAction": {"allow": {}}, "visibilityConfig": visible}
    assert paths(cloud.failures(ACL, rules=[rule], **base)) == ["rules[0]"]
    good = {**rule, "action": {"block": {}}}
    assert paths(cloud.failures(ACL, rules=[good, {**good, "name": "b"}], **base)) == ["rules[1].priority"]
    acl = cloud.make(ACL, "front", rules=[good], **base)
    assert acl.properties["arn"].endswith("/" + acl.id)
    vpc = cloud.make("aws:ec2/vpc:Vpc", "main", cidrBlock="10.0.0.0/16")
    subnet = cloud.make("aws:ec2/subnet:Subnet", "a", vpcId=vpc.id, cidrBlock="10.0.0.0/24")
    nlb = cloud.make("aws:lb/loadBalancer:LoadBalancer", "api", loadBalancerType="network", subnets=[subnet.id])
    association = "aws:wafv2/webAclAssociation:WebAclAssociation"
    assert "network load balancer" in cloud.refusal(
        association, "api", webAclArn=acl.properties["arn"], resourceArn=nlb.id
    )


def test_a_global_web_acl_lives_in_virginia(cloud):
    visible = {"cloudwatchMetricsEnabled": True, "metricName": "m", "sampledRequestsEnabled": True}
    base = {"scope": "CLOUDFRONT", "defaultAction": {"allow": {}}, "visibilityConfig": visible}
    assert "us-east-1" in cloud.refusal(ACL, "cdn", **base)
    assert ":global/webacl/" in aws({"region": "us-east-1"}).make(ACL, "cdn", **base).properties["arn"]


def test_a_waf_log_has_the_name_that_the_waf_wants(cloud):
    logging = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
    group = cloud.make("aws:cloudwatch/logGroup:LogGroup", "waf", name="aws-waf-logs-um")
    assert cloud.failures(logging, resourceArn="a", logDestinationConfigs=[group.properties["arn"]]) == []
    other = group.properties["arn"].replace("aws-waf-logs-um", "um-waf")
    assert paths(cloud.failures(logging, resourceArn="a", logDestinationConfigs=[other])) == [
        "logDestinationConfigs[0]"
    ]


def test_a_distribution_needs_its_origin_and_keeps_the_access_control_in_use(cloud):
    control = cloud.make(
        "aws:cloudfront/originAccessControl:OriginAccessControl", "issuer",
        originAccessControlOriginType="s3", signingBehavior="always", signingProtocol="sigv4",
    )  # fmt: skip
    behaviour = {
        "targetOriginId": "s3", "viewerProtocolPolicy": "https-only", "allowedMethods": ["GET", "HEAD"], "cachedMethods": ["GET", "HEAD"],
    }  # fmt: skip
    base = {
        "enabled": True,
        "defaultCacheBehavior": behaviour,
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": {"cloudfrontDefaultCertificate": True},
    }
    origin = {"originId": "s3", "domainName": "b.s3.amazonaws.com", "originAccessControlId": control.id}
    assert (
        "NoSuchOrigin"
        in cloud.failures("aws:cloudfront/distribution:Distribution", origins=[{**origin, "originId": "x"}], **base)[
            0
        ].reason
    )
    made = cloud.make("aws:cloudfront/distribution:Distribution", "issuer", origins=[origin], **base)
    assert re.fullmatch(r"d[a-z2-7]{13}\.cloudfront\.net", made.properties["domainName"])
    with pytest.raises(ProviderError, match="OriginAccessControlInUse"):
        cloud.delete("aws:cloudfront/originAccessControl:OriginAccessControl", control, "issuer")


def test_unknown_inputs_make_only_what_depends_on_them_unknown_in_an_update(cloud):
    zone = cloud.make(ZONE, "public", name="um.example")
    record = cloud.make(RECORD, "api", zoneId=zone.id, name="api", type="A", ttl=60, records=["198.51.100.1"])
    inputs = {"zoneId": zone.id, "name": "api", "type": "A", "ttl": 60, "records": [UNKNOWN]}
    planned = cloud.provider.update(RECORD, urn_of(RECORD, "api"), record, inputs, preview=True)
    assert planned.properties["fqdn"] == "api.um.example"
    assert planned.properties["records"] == [UNKNOWN]
