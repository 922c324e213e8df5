package report

import _ "embed" // for the schema

// SchemaJSON is the JSON Schema (draft 2020-12) of a report. Its enumerations
// are the program's own closed lists, and it lets unknown fields pass. It is made from
// the types; see internal/schemagen.
//
//go:embed schema.json
var SchemaJSON []byte
