// Command schemagen writes the JSON Schemas of a report, of what merge makes of two,
// and of what path prints, from their types and from the details that package probe has registered for each
// operation:
//
//	go generate ./internal/schemagen
//
// A new detail is in the schema as soon as it is registered. What Go's types do not
// say (closed lists, bounds, what depends on another field) stands in the tables of
// rows.go; build.go is the walk over the types, layout.go how a file is written.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

//go:generate go run .

func main() {
	for _, d := range documents {
		if err := os.WriteFile(filepath.FromSlash(d.file), laidOut(d.schema()), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
