package fleet

import (
	"embed"
	"slices"
	"strings"
)

//go:embed sql/*.sql
var queries embed.FS

// Engines are the databases for which there are a table and queries, by name.
func Engines() (names []string) {
	entries, err := queries.ReadDir("sql")
	if err != nil {
		panic(err) // they are embedded
	}
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".sql"))
	}
	slices.Sort(names)
	return names
}

// SQL is the table and the queries that give what an unweighed Result does, for an
// engine; ok is false where there are none.
func SQL(engine string) (text string, ok bool) {
	b, err := queries.ReadFile("sql/" + engine + ".sql")
	return string(b), err == nil
}
