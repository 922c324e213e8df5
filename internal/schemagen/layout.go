package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// object is a JSON object that keeps the order of its members.
type object []member

type member struct {
	key   string
	value any // object, []any, string, bool or int
}

// with gives a copy with further members.
func (o object) with(more object) object { return append(slices.Clone(o), more...) }

// list makes an array.
func list[T any](values []T) []any {
	out := make([]any, 0, len(values))
	for _, v := range values {
		out = append(out, v)
	}
	return out
}

// columns is how wide a line of the file may be. What fits stands on one line: the
// schema is read in reviews.
const columns = 120

// laidOut writes a value as a file.
func laidOut(v any) []byte {
	var b bytes.Buffer
	write(&b, v, "", 0)
	b.WriteByte('\n')
	return b.Bytes()
}

// write lays a value out behind so many columns of a line that is indented.
func write(b *bytes.Buffer, v any, indent string, before int) {
	if short := inline(v); before+len(indent)+len(short) < columns {
		b.WriteString(short)
		return
	}
	deeper := indent + "  "
	switch v := v.(type) {
	case object:
		b.WriteString("{\n")
		for i, m := range v {
			key := quoted(m.key) + ": "
			b.WriteString(deeper + key)
			write(b, m.value, deeper, len(key))
			end(b, i, len(v))
		}
		b.WriteString(indent + "}")
	case []any:
		b.WriteString("[\n")
		writeItems(b, v, deeper)
		b.WriteString(indent + "]")
	default:
		b.WriteString(inline(v))
	}
}

// writeItems puts as many words on a line as fit, and of anything else one.
func writeItems(b *bytes.Buffer, items []any, indent string) {
	width := 0
	for i, v := range items {
		word := inline(v)
		if _, isText := v.(string); isText && width > 0 && width+len(word)+2 < columns {
			b.Truncate(b.Len() - 1) // the end of the line before
			b.WriteString(" " + word)
			width += len(word) + 2
			end(b, i, len(items))
			continue
		}
		b.WriteString(indent)
		write(b, v, indent, 0)
		width = len(indent) + len(word) + 1
		end(b, i, len(items))
	}
}

func end(b *bytes.Buffer, i, of int) {
	if i < of-1 {
		b.WriteByte(',')
	}
	b.WriteByte('\n')
}

func inline(v any) string {
	var parts []string
	switch v := v.(type) {
	case object:
		for _, m := range v {
			parts = append(parts, quoted(m.key)+": "+inline(m.value))
		}
		return "{" + strings.Join(parts, ", ") + "}"
	case []any:
		for _, item := range v {
			parts = append(parts, inline(item))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return quoted(v)
	}
	return fmt.Sprint(v)
}

func quoted(s string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // it is a text
	}
	return strings.TrimSuffix(b.String(), "\n")
}
