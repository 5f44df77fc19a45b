package main

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type filler func(attribute *tfprotov6.SchemaAttribute, name string) any

// completed fills in what the cloud would: attributes that nobody set, or that are not known yet.
func completed(schema *tfprotov6.Schema, given *tfprotov6.DynamicValue, fill filler) (*tfprotov6.DynamicValue, error) {
	shape := schema.ValueType()
	value, err := given.Unmarshal(shape)
	if err != nil || value.IsNull() {
		return given, err
	}
	fields := map[string]tftypes.Value{}
	if err := value.As(&fields); err != nil {
		return nil, err
	}
	name := "unnamed"
	for _, field := range []string{"name", "bucket", "cluster_name"} {
		if text, ok := fields[field]; ok && text.IsKnown() && !text.IsNull() {
			if err := text.As(&name); err != nil {
				return nil, err
			}
		}
	}
	for _, attribute := range schema.Block.Attributes {
		if current := fields[attribute.Name]; attribute.Computed && (current.IsNull() || !current.IsKnown()) {
			fields[attribute.Name] = tftypes.NewValue(attribute.Type, fill(attribute, name))
		}
	}
	whole, err := tfprotov6.NewDynamicValue(shape, tftypes.NewValue(shape, fields))
	return &whole, err
}

// ARNs and ids whose form the modules look at.
var forms = map[string]string{
	"aws_kms_key.arn":               "arn:aws:kms:eu-west-1:333333333333:key/1",
	"aws_kms_replica_key.arn":       "arn:aws:kms:eu-central-1:333333333333:key/1",
	"aws_s3_bucket.arn":             "arn:aws:s3:::NAME",
	"aws_s3_bucket.id":              "NAME",
	"aws_kinesis_stream.arn":        "arn:aws:kinesis:eu-west-1:333333333333:stream/NAME",
	"aws_msk_cluster.arn":           "arn:aws:kafka:eu-west-1:333333333333:cluster/NAME/1",
	"aws_iam_role.arn":              "arn:aws:iam::333333333333:role/NAME",
	"azurerm_eventhub_namespace.id": "/subscriptions/1/namespaces/NAME",
	"azurerm_key_vault.id":          "/subscriptions/1/vaults/NAME",
	"azurerm_storage_account.id":    "/subscriptions/1/storageAccounts/NAME",
	"azurerm_resource_group.id":     "/subscriptions/1/resourceGroups/NAME",
	"bootstrap_brokers_sasl_iam":    "b-1.kafka.example.org:9098,b-2.kafka.example.org:9098",
	"client_id":                     "00000000-0000-0000-0000-HASH",
	"latest_revision":               "1",
	"object_id":                     "00000000-0000-0000-0000-000000000002",
	"partition":                     "aws",
	"tenant_id":                     "00000000-0000-0000-0000-000000000003",
	"versionless_id":                "https://NAME.example.org/keys/NAME",
}

// madeUp gives what a cloud could have given; null where it is no text.
func madeUp(typeName string) filler {
	return func(attribute *tfprotov6.SchemaAttribute, name string) any {
		if !attribute.Type.Is(tftypes.String) {
			return nil
		}
		for _, key := range []string{typeName + "." + attribute.Name, attribute.Name} {
			if form, ok := forms[key]; ok {
				return strings.NewReplacer("NAME", name, "HASH", hashOf(name)).Replace(form)
			}
		}
		return attribute.Name + "-of-" + name
	}
}

// hashOf tells two identities apart, as a cloud's ids do, and is the same with every plan.
func hashOf(name string) string {
	sum := sha256.Sum256([]byte(name))
	return hex.EncodeToString(sum[:6])
}
