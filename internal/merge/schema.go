package merge

import _ "embed" // for the schema

// SchemaJSON is the JSON Schema (draft 2020-12) of a Result. What it shares with
// a report's schema is the same text, and it lets unknown fields pass. It is made from the
// types; see internal/schemagen.
//
//go:embed schema.json
var SchemaJSON []byte
