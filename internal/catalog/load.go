package catalog

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"
)

//go:embed data/*.json
var embedded embed.FS

// Catalog is the checked knowledge. It never changes and may be shared.
type Catalog struct {
	regions []Region // sorted by ID
	byID    map[string]int
	names   map[string]string // what a Region may be called, folded → ID
	global  Global
	sources map[string]Source
}

// Load gives the embedded catalog. It is read and checked once, at the first
// call; an error lists everything that is wrong with the data.
func Load() (*Catalog, error) { return load() }

var load = sync.OnceValues(func() (*Catalog, error) {
	data, err := fs.Sub(embedded, "data")
	if err != nil {
		return nil, err
	}
	return parse(data)
})

// Regions lists all Regions, sorted by ID.
func (c *Catalog) Regions() []Region { return slices.Clone(c.regions) }

// Global gives what holds in every Region.
func (c *Catalog) Global() Global { return c.global }

// Source finds a source by its key.
func (c *Catalog) Source(key string) (Source, bool) {
	s, ok := c.sources[key]
	return s, ok
}

func (c *Catalog) region(id string) (Region, bool) {
	i, ok := c.byID[id]
	if !ok {
		return Region{}, false
	}
	return c.regions[i], true
}

// parse reads every document of a folder and checks each by itself and all
// against each other.
func parse(data fs.FS) (*Catalog, error) {
	files, err := fs.Glob(data, "*.json")
	if err != nil {
		return nil, err
	}
	p := &parser{}
	p.read(data, "sources.json", &p.sources)
	p.read(data, "global.json", &p.globalDoc)
	p.global()
	c := &Catalog{sources: p.sources, byID: map[string]int{}, names: map[string]string{}}
	for _, file := range files { // Glob sorts
		if file == "global.json" || file == "sources.json" {
			continue
		}
		var doc regionDoc
		p.read(data, file, &doc)
		if doc.ID+".json" != file {
			p.bad(file, "its id is %q, the file must be named after it", doc.ID)
		}
		c.regions = append(c.regions, p.region(file, doc))
	}
	slices.SortFunc(c.regions, func(a, b Region) int { return strings.Compare(a.ID, b.ID) })
	for i, r := range c.regions {
		c.byID[r.ID] = i
	}
	c.global = p.globals
	p.across(c)
	if len(p.problems) > 0 {
		return nil, errors.New("catalog data: " + strings.Join(p.problems, "\ncatalog data: "))
	}
	return c, nil
}

// parser collects what the documents say and what is wrong with them.
type parser struct {
	sources   map[string]Source
	used      map[string]bool // source keys some fact names
	globalDoc globalDoc
	globals   Global
	roles     map[string]int // role ID → place in globalDoc.Roles
	problems  []string
}

func (p *parser) bad(where, format string, args ...any) {
	p.problems = append(p.problems, where+": "+fmt.Sprintf(format, args...))
}

// read decodes one document strictly: no field that is not known, nothing after it.
func (p *parser) read(data fs.FS, file string, into any) {
	b, err := fs.ReadFile(data, file)
	if err != nil {
		p.bad(file, "%v", err)
		return
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		p.bad(file, "%v", err)
		return
	}
	if _, err := d.Token(); err != io.EOF {
		p.bad(file, "something follows the document")
	}
}
