package report

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Bounds of a stored report. A run writes some hundred observations and less
// than one MiB.
const (
	maxReportBytes = 16 << 20 // also of what was compressed
	maxItems       = 20000    // of each list
)

// ParseError says where a stored report is not one, and what to do about it.
type ParseError struct {
	Path    string // such as "observations[3].detail"; empty for the whole file
	Problem words.Text
	hint    words.Text
}

// Told is what the error says.
func (e *ParseError) Told() words.Text {
	if e.Path != "" {
		return words.Say("report-file.at", words.Args{"path": e.Path, "why": e.Problem})
	}
	return words.Say("report-file.read", words.Args{"why": e.Problem})
}

func (e *ParseError) Error() string { return words.English().Tell(e.Told()) }

// Hint is one sentence that helps to go on.
func (e *ParseError) Hint() words.Text { return e.hint }

var (
	hintMake = words.Say("report-file.hint.make")
	// hintJoined is for what merge writes, which holds no observations.
	hintJoined = words.Say("report-file.hint.joined")
	// hintWhole is for a report that was copied or fetched in part.
	hintWhole = words.Say("report-file.hint.whole")
	hintNewer = words.Say("report-file.hint.newer")
)

// joined begins the schema of joined verdicts; package merge knows the whole.
const joined = "wsdoctor.merge/"

// sections are the parts of a report's JSON that are decoded one by one, so
// that a mistake can be named by its path.
type sections struct {
	Schema       json.RawMessage `json:"schema"`
	Tool         json.RawMessage `json:"tool"`
	Run          json.RawMessage `json:"run"`
	Target       json.RawMessage `json:"target"`
	Verdict      json.RawMessage `json:"verdict"`
	Layers       json.RawMessage `json:"layers"`
	Findings     json.RawMessage `json:"findings"`
	Observations json.RawMessage `json:"observations"`
	Lang         json.RawMessage `json:"lang"`
	Gaps         json.RawMessage `json:"gaps"`
	Labels       json.RawMessage `json:"labels"`
	Ticket       json.RawMessage `json:"ticket"`
	Egress       json.RawMessage `json:"egress"`
	Redacted     json.RawMessage `json:"redacted"`
	Policy       json.RawMessage `json:"policy"`
}

// Parse reads a stored report of at most 16 MiB, as JSON or packed. Fields it does not know are
// passed over, because fields are only ever added, and so is what stands around the
// report (see package pasted); wrong types, values outside
// a closed list and missing sections are a *ParseError that names the place.
// The report comes back scrubbed.
func Parse(in io.Reader) (Report, error) {
	b, err := io.ReadAll(io.LimitReader(in, maxReportBytes+1))
	if err != nil {
		return Report{}, words.Fail(words.Say("report-file.read", words.Args{"why": words.Reason(err)})).Because(err)
	}
	if len(b) > maxReportBytes {
		return Report{}, &ParseError{"", words.Say("report-file.large"), hintMake}
	}
	b, err = unwrapped(b)
	if err != nil {
		return Report{}, err
	}
	var s sections
	if err := json.Unmarshal(b, &s); err != nil {
		return Report{}, &ParseError{
			"",
			words.Say("report-file.no-object", words.Args{"why": probe.Clean(err.Error(), 200)}),
			hintMake,
		}
	}
	if twice := doubled(b); twice != "" {
		return Report{}, &ParseError{probe.Clean(twice, 40), words.Say("report-file.twice"), hintMake}
	}
	var r Report
	if err := one(s.Schema, "schema", &r.Schema); err != nil {
		return Report{}, err
	}
	if r.Schema != Schema {
		hint := hintNewer
		if strings.HasPrefix(r.Schema, joined) {
			hint = hintJoined
		}
		return Report{}, &ParseError{
			"schema",
			words.Say("report-file.other", words.Args{"value": quote(r.Schema), "wanted": quote(Schema)}),
			hint,
		}
	}
	err = errors.Join(
		one(s.Tool, "tool", &r.Tool),
		one(s.Run, "run", &r.Run),
		one(s.Target, "target", &r.Target),
		one(s.Verdict, "verdict", &r.Verdict),
		list(s.Layers, "layers", &r.Layers),
		list(s.Findings, "findings", &r.Findings),
		list(s.Observations, "observations", &r.Observations),
		list(s.Gaps, "gaps", &r.Gaps),
	)
	err = errors.Join(
		err,
		maybe(s.Lang, "lang", &r.Lang),
		maybe(s.Ticket, "ticket", &r.Ticket),
		maybe(
			s.Labels,
			"labels",
			&r.Labels,
		),
		maybe(s.Egress, "egress", &r.Egress),
		maybe(s.Redacted, "redacted", &r.Pseudonyms),
		maybe(s.Policy, "policy", &r.Policy),
	)
	if err == nil {
		err = check(r)
	}
	if err != nil {
		return Report{}, first(err)
	}
	return r.Scrubbed(), nil
}

// first keeps the first of joined errors: one mistake is enough to read.
func first(err error) error {
	var p *ParseError
	if errors.As(err, &p) {
		return p
	}
	return err
}

// maybe reads what older reports lack.
func maybe[T any](raw json.RawMessage, path string, into *T) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	return one(raw, path, into)
}

func one[T any](raw json.RawMessage, path string, into *T) error {
	if len(raw) == 0 || string(raw) == "null" {
		return &ParseError{path, words.Say("report-file.missing"), hintMake}
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return typeError(path, err)
	}
	return nil
}

func list[T any](raw json.RawMessage, path string, into *[]T) error {
	if len(raw) == 0 || string(raw) == "null" {
		return &ParseError{path, words.Say("report-file.missing"), hintMake}
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if open, err := d.Token(); err != nil || open != json.Delim('[') {
		return &ParseError{path, words.Say("report-file.no-list"), hintMake}
	}
	for i := 0; d.More(); i++ {
		if i == maxItems {
			return &ParseError{path, words.Say("report-file.many", words.Args{"most": maxItems}), hintMake}
		}
		var item T
		if err := d.Decode(&item); err != nil {
			return typeError(fmt.Sprintf("%s[%d]", path, i), err)
		}
		*into = append(*into, item)
	}
	return nil
}

// typeError turns a decoder's complaint into one that names the place in words
// of the file, not of Go.
func typeError(path string, err error) error {
	var t *json.UnmarshalTypeError
	if !errors.As(err, &t) {
		return &ParseError{path, words.Raw(probe.Clean(err.Error(), 200)), hintNewer}
	}
	if _, direct := err.(*json.UnmarshalTypeError); !direct {
		path += ".detail" // only an observation's detail is decoded inside another decoder
	}
	if t.Field != "" {
		path += "." + probe.Clean(
			strings.TrimPrefix(t.Field, "plain."),
			80,
		) // probe.Observation decodes through a type of that name
	}
	return &ParseError{
		path,
		words.Say("report-file.type", words.Args{"is": t.Value, "wanted": t.Type.Kind().String()}),
		hintMake,
	}
}

func quote(s string) string { return fmt.Sprintf("%q", probe.Clean(s, 40)) }
