package cli

import _ "embed" // for the schema

// PathSchemaJSON is the JSON Schema (draft 2020-12) of what `path -o json`
// prints. It lets unknown fields pass.
//
//go:embed path_schema.json
var PathSchemaJSON []byte

// PathSchema names that form.
const PathSchema = "wsdoctor.path/v1"
