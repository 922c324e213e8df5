package report

import (
	"bytes"
	"encoding/json"

	"wsdoctor/internal/packed"
)

// JSON writes the report as indented JSON with a newline at the end. Keys keep
// the order of the structs, lists are never null, and <, > and & stand as they
// are: the text is for people and jq, not for web pages.
func (r Report) JSON() ([]byte, error) {
	return encode(plain(r.Scrubbed()), "  ")
}

// Packed writes the report as a block of text for where room is short; see package
// packed. Parse reads it.
func (r Report) Packed() ([]byte, error) {
	b, err := encode(plain(r.Scrubbed()), "")
	if err != nil {
		return nil, err
	}
	return packed.Write(b), nil
}

// JSON writes any other value the way a report is written.
func JSON[T any](v T) ([]byte, error) { return encode(scrubbed(v), "  ") }

// plain is Report without its MarshalJSON.
type plain Report

// MarshalJSON keeps the report's promises (no secrets, no null lists) wherever
// a report is written, for example inside an NDJSON line.
func (r Report) MarshalJSON() ([]byte, error) { return json.Marshal(plain(r.Scrubbed())) }

func encode(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", indent)
	if err := e.Encode(v); err != nil {
		return nil, err
	}
	return unescapeHTML(b.Bytes()), nil
}

// htmlEscapes are what json.Marshal writes for <, > and &. Types with their own
// MarshalJSON bring them in although the encoder around them was told not to.
var htmlEscapes = map[string]byte{`\u003c`: '<', `\u003e`: '>', `\u0026`: '&'}

func unescapeHTML(in []byte) []byte {
	out := make([]byte, 0, len(in))
	for i := 0; i < len(in); {
		if in[i] != '\\' || i+1 == len(in) {
			out = append(out, in[i])
			i++
			continue
		}
		if i+6 <= len(in) {
			if c, is := htmlEscapes[string(in[i:i+6])]; is {
				out = append(out, c)
				i += 6
				continue
			}
		}
		out = append(out, in[i], in[i+1]) // an escape pair stays together: `\\u003c` is text
		i += 2
	}
	return out
}
