package report

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"regexp"
	"strings"

	"wsdoctor/internal/packed"
	"wsdoctor/internal/pasted"
	"wsdoctor/internal/words"
)

// unwrapped gives a report's JSON out of what it came in: compressed by gzip,
// packed, in an envelope, quoted, or with other text around it. What is no report at
// all comes back as it is, for the decoder to say so.
func unwrapped(b []byte) ([]byte, error) {
	b, err := gunzipped(b)
	if err != nil {
		return nil, err
	}
	b = pasted.Text(b)
	var s struct {
		Schema json.RawMessage `json:"schema"`
	}
	if json.Unmarshal(b, &s) == nil && len(s.Schema) > 0 {
		return b, nil // though a text in it may look like a block
	}
	inner, err := packed.Read(b, maxReportBytes)
	switch {
	case err == nil:
		return inner, nil
	case !errors.Is(err, packed.ErrNone):
		return nil, &ParseError{"", words.Reason(err), hintOfPacked[err]}
	}
	for _, text := range [][]byte{b, pasted.Unquoted(b)} {
		inner, err := pasted.Object(text, "schema")
		switch {
		case err == nil:
			return inner, nil
		case errors.Is(err, pasted.ErrCut) || truncated.Match(b):
			return nil, &ParseError{"", words.Say("report-file.cut"), hintWhole}
		}
	}
	return b, nil
}

// truncated is what the agent of Systems Manager writes where it cuts an output
// (Systems Manager user guide, "Understanding command output").
var truncated = regexp.MustCompile(`(?i)-{2,}\s*(output|error) truncated\s*-{2,}`)

var hintOfPacked = map[error]words.Text{
	packed.ErrCut:     hintWhole,
	packed.ErrDamaged: words.Say("report-file.hint.block"),
	packed.ErrTwo:     words.Say("report-file.hint.two"),
	packed.ErrNewer:   hintNewer,
	packed.ErrLarge:   hintMake,
}

// gunzipped undoes gzip (RFC 1952), whose first two bytes begin no text.
func gunzipped(b []byte) ([]byte, error) {
	if !bytes.HasPrefix(b, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err == nil {
		b, err = io.ReadAll(io.LimitReader(r, maxReportBytes+1))
	}
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return nil, &ParseError{"", words.Say("report-file.gzip-cut"), hintWhole}
	case err != nil:
		return nil, &ParseError{"", words.Say("report-file.gzip-damaged"), hintMake}
	case len(b) > maxReportBytes:
		return nil, &ParseError{"", words.Say("report-file.gzip-large"), hintMake}
	}
	return b, nil
}

// doubled gives a key that an object has twice: a decoder would take the last one,
// another program the first.
func doubled(object []byte) string {
	d := json.NewDecoder(bytes.NewReader(object))
	if _, err := d.Token(); err != nil {
		return ""
	}
	seen := map[string]bool{}
	for d.More() {
		key, err := d.Token()
		name, isKey := key.(string)
		if err != nil || !isKey {
			return ""
		}
		folded := strings.ToLower(name) // as the decoder compares
		if seen[folded] {
			return name
		}
		seen[folded] = true
		var value json.RawMessage
		if d.Decode(&value) != nil {
			return ""
		}
	}
	return ""
}
