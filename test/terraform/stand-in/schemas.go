package main

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// block is what take-arguments.mjs writes of one.
type block struct {
	Attributes map[string]string `json:"attributes"`
	Blocks     map[string]block  `json:"blocks"`
	IsRequired bool              `json:"isRequired"`
	IsList     bool              `json:"isList"`
	Readable   []string          `json:"readable"`
}

// Of providers themselves the file says nothing: as much as deploy/terraform sets.
var providers = map[string]block{
	"aws": {
		Attributes: map[string]string{"region": "string", "allowed_account_ids": "list of string"},
		Blocks:     map[string]block{"default_tags": {Attributes: map[string]string{"tags": "map of string"}}},
	},
	"azurerm": {
		Attributes: map[string]string{"subscription_id": "string", "storage_use_azuread": "boolean"},
		Blocks: map[string]block{"features": {Blocks: map[string]block{
			"key_vault":      {Attributes: map[string]string{"purge_soft_delete_on_destroy": "boolean", "recover_soft_deleted_key_vaults": "boolean"}},
			"resource_group": {Attributes: map[string]string{"prevent_deletion_if_contains_resources": "boolean"}},
		}}},
	},
}

func readSchemas(path, provider string) (*tfprotov6.GetProviderSchemaResponse, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		Types map[string]block `json:"types"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	schemas := &tfprotov6.GetProviderSchemaResponse{
		Provider:          &tfprotov6.Schema{Block: schemaOf(providers[provider], false)},
		ResourceSchemas:   map[string]*tfprotov6.Schema{},
		DataSourceSchemas: map[string]*tfprotov6.Schema{},
	}
	for key, known := range file.Types {
		name, isData := strings.CutPrefix(key, "data.")
		if !strings.HasPrefix(name, provider+"_") {
			continue
		}
		target := schemas.ResourceSchemas
		if isData {
			target = schemas.DataSourceSchemas
		}
		target[name] = &tfprotov6.Schema{Block: schemaOf(known, true)}
	}
	return schemas, nil
}

// schemaOf a block; of a resource's own the cloud fills in what is not set.
func schemaOf(known block, isResource bool) *tfprotov6.SchemaBlock {
	schema := &tfprotov6.SchemaBlock{}
	for name, kind := range known.Attributes {
		isRequired := strings.HasSuffix(kind, "!")
		schema.Attributes = append(schema.Attributes, &tfprotov6.SchemaAttribute{
			Name: name, Type: typeOf(kind), Required: isRequired, Optional: !isRequired, Computed: !isRequired && isResource,
		})
	}
	for name, inner := range known.Blocks {
		nested := &tfprotov6.SchemaNestedBlock{
			TypeName: name, Block: schemaOf(inner, false), Nesting: tfprotov6.SchemaNestedBlockNestingModeList,
		}
		if inner.IsRequired {
			nested.MinItems = 1
		}
		if !inner.IsList {
			nested.MaxItems = 1
		}
		schema.BlockTypes = append(schema.BlockTypes, nested)
	}
	for _, name := range known.Readable {
		_, isAttribute := known.Attributes[name]
		_, isBlock := known.Blocks[name]
		if !isAttribute && !isBlock {
			schema.Attributes = append(schema.Attributes, &tfprotov6.SchemaAttribute{Name: name, Type: tftypes.String, Computed: true})
		}
	}
	return schema
}

func typeOf(kind string) tftypes.Type {
	switch strings.TrimSuffix(kind, "!") {
	case "string":
		return tftypes.String
	case "number":
		return tftypes.Number
	case "boolean":
		return tftypes.Bool
	case "list of string":
		return tftypes.List{ElementType: tftypes.String}
	case "list of number":
		return tftypes.List{ElementType: tftypes.Number}
	case "map of string":
		return tftypes.Map{ElementType: tftypes.String}
	}
	return tftypes.DynamicPseudoType
}
