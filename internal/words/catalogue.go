package words

import (
	"bytes"
	"embed"
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// Catalogue is all that is said in one language.
type Catalogue struct {
	name string          // as in its file's name: "en"
	all  func() *content // read when it is first asked for

	mu     sync.Mutex
	parsed map[string][]node
}

// content is what a catalogue's file holds.
type content struct {
	tag     language.Tag
	ids     []string // as written
	texts   map[string]string
	between string // what stands between two sentences
	list    struct{ two, more, last string }
}

//go:embed *.json
var files embed.FS

// Default is the language that is spoken where no other is known.
const Default = "en"

var catalogues = sync.OnceValue(func() map[string]*Catalogue {
	list := map[string]*Catalogue{}
	entries, _ := files.ReadDir(".")
	for _, e := range entries {
		name := strings.TrimSuffix(e.Name(), path.Ext(e.Name()))
		list[name] = catalogue(name, func() []byte {
			text, err := files.ReadFile(e.Name())
			if err != nil {
				panic(err) // it is part of the program
			}
			return text
		})
	}
	return list
})

func catalogue(name string, text func() []byte) *Catalogue {
	return &Catalogue{name: name, parsed: map[string][]node{}, all: sync.OnceValue(func() *content {
		c, err := read(name, text())
		if err != nil {
			panic(err)
		}
		return c
	})}
}

// Prepare reads the catalogue, beside something else that is waited for.
func (c *Catalogue) Prepare() { c.all() }

// Languages are the names of all catalogues, in order.
func Languages() []string {
	var list []string
	for name := range catalogues() {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// In gives the catalogue of a language, or that of the default one and false.
func In(name string) (*Catalogue, bool) {
	if c, known := catalogues()[name]; known {
		return c, true
	}
	return catalogues()[Default], false
}

// English is the default catalogue.
func English() *Catalogue { c, _ := In(Default); return c }

// Name is the language's name, as in `--lang`.
func (c *Catalogue) Name() string { return c.name }

// IDs are the names of its messages, as they are written.
func (c *Catalogue) IDs() []string { return slices.Clone(c.all().ids) }

// Has: there is a message of that name.
func (c *Catalogue) Has(id string) bool { _, known := c.all().texts[id]; return known }

// Source is a message as it is written in the catalogue.
func (c *Catalogue) Source(id string) string { return c.all().texts[id] }

// Several makes a text of each element of a list of messages.
func (c *Catalogue) several(id string) []Text {
	var list []Text
	for i := 0; c.Has(id + "." + strconv.Itoa(i)); i++ {
		list = append(list, Say(id+"."+strconv.Itoa(i)))
	}
	return list
}

// Several makes a text of each element of a list of messages without arguments.
func Several(id string) []Text { return English().several(id) }

// Has: every language has a message of that name (a test sees to it), so it is enough
// that one has.
func Has(id string) bool { return English().Has(id) }

func (c *Catalogue) pattern(id string) ([]node, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, known := c.parsed[id]; known {
		return p, true
	}
	text, known := c.all().texts[id]
	if !known {
		return nil, false
	}
	p, err := parse(text)
	if err != nil {
		p = []node{{words: "[" + id + ": " + err.Error() + "]"}}
	}
	c.parsed[id] = p
	return p, true
}

// read reads a catalogue's file.
func read(name string, text []byte) (*content, error) {
	c := &content{texts: map[string]string{}}
	var err error
	if c.tag, err = language.Parse(name); err != nil {
		return nil, fmt.Errorf("%s.json: %w", name, err)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if err := c.entry(d, ""); err != nil {
		return nil, fmt.Errorf("%s.json: %w", name, err)
	}
	c.between, c.list.two, c.list.more, c.list.last = c.texts["language.sentences"], c.texts["language.list.two"], c.texts["language.list.more"], c.texts["language.list.last"]
	return c, nil
}

// entry reads one value and keeps the order, which a map would lose.
func (c *content) entry(d *json.Decoder, id string) error {
	t, err := d.Token()
	if err != nil {
		return err
	}
	switch t := t.(type) {
	case string:
		if _, twice := c.texts[id]; twice {
			return fmt.Errorf("%s stands there twice", id)
		}
		c.ids, c.texts[id] = append(c.ids, id), t
		return nil
	case json.Delim:
		for i := 0; d.More(); i++ {
			key := strconv.Itoa(i)
			if t == '{' {
				k, err := d.Token()
				if err != nil {
					return err
				}
				key = k.(string)
			}
			if id != "" {
				key = id + "." + key
			}
			if err := c.entry(d, key); err != nil {
				return err
			}
		}
		_, err := d.Token()
		return err
	}
	return fmt.Errorf("%s is no text", id)
}

// Arguments are the names of a message's arguments, each with how it is used: "" as it
// is, "capital", "small", "plural" or "select". The error says why the message cannot be read.
func (c *Catalogue) Arguments(id string) (map[string]string, error) {
	list, err := parse(c.all().texts[id])
	into := map[string]string{}
	arguments(list, into)
	return into, err
}
