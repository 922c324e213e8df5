package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"wsdoctor/internal/report"
	"wsdoctor/internal/spelling"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Bounds of a policy.
const (
	Largest     = 256 << 10 // bytes
	longestText = 300       // runes
	mostTexts   = 2000      // of a list: rules of IP access control groups
	mostSteps   = 10        // of a remedy
)

// Wrong says what cannot be used, and where it stands.
type Wrong struct {
	Place Place
	Text  words.Text
	Hint  words.Text // empty: none
}

func (w *Wrong) Error() string { return words.English().Tell(w.Text) }

// keys are those of the policy, in the order in which they are documented.
var keys = []struct {
	name string
	read func(*reader, *Policy) error
}{
	{"schema", (*reader).schema},
	{"name", into(func(p *Policy) *string { return &p.Name })},
	{"version", into(func(p *Policy) *string { return &p.Version })},
	{"region", into(func(p *Policy) *string { return &p.Region })},
	{"registration", into(func(p *Policy) *string { return &p.Registration })},
	{"protocol", into(func(p *Policy) *string { return &p.Protocol })},
	{"directory_id", into(func(p *Policy) *string { return &p.DirectoryID })},
	{"directory_dns", each(func(p *Policy) *[]string { return &p.DirectoryDNS })},
	{"domain", into(func(p *Policy) *string { return &p.Domain })},
	{"allowed_cidrs", each(func(p *Policy) *[]string { return &p.AllowedCIDRs })},
	{"proxy", into(func(p *Policy) *string { return &p.Proxy })},
	{"no_egress", func(r *reader, p *Policy) (err error) { p.NoEgress, err = r.truth(); return err }},
	{"labels", (*reader).labels},
	{"owners", (*reader).owners},
}

func into(at func(*Policy) *string) func(*reader, *Policy) error {
	return func(r *reader, p *Policy) (err error) { *at(p), err = r.text(); return err }
}

func each(at func(*Policy) *[]string) func(*reader, *Policy) error {
	return func(r *reader, p *Policy) (err error) { *at(p), err = r.texts(mostTexts); return err }
}

// Parse reads a policy. An error is a *Wrong.
func Parse(b []byte) (*Policy, error) {
	b = bytes.TrimPrefix(b, []byte("\ufeff")) // which editors on Windows write
	r := &reader{b: b, d: json.NewDecoder(bytes.NewReader(b))}
	if len(b) > Largest {
		return nil, r.wrong(0, words.Say("policy.why.large", words.Args{"most": Largest}))
	}
	p := &Policy{Places: map[string]Place{}}
	var names []string
	for _, k := range keys {
		names = append(names, k.name)
	}
	err := r.object(names, func(name string) error {
		p.Places[name] = r.place(r.ahead())
		i := slices.Index(names, name)
		return keys[i].read(r, p)
	})
	if err != nil {
		return nil, err
	}
	if at := r.ahead(); at < len(b) {
		return nil, r.wrong(at, words.Say("policy.why.more"))
	}
	return p, nil
}

// reader goes through the text, and knows where it is.
type reader struct {
	b []byte
	d *json.Decoder
}

// ahead is where the next token begins.
func (r *reader) ahead() int {
	at := int(r.d.InputOffset())
	for at < len(r.b) && bytes.IndexByte([]byte(" \t\r\n,:"), r.b[at]) >= 0 {
		at++
	}
	return at
}

// place counts lines, and characters in the last one.
func (r *reader) place(at int) Place {
	before := r.b[:min(max(at, 0), len(r.b))]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return Place{bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(line) + 1}
}

func (r *reader) wrong(at int, text words.Text, hint ...words.Text) error {
	w := &Wrong{Place: r.place(at), Text: text}
	if len(hint) > 0 {
		w.Hint = hint[0]
	}
	return w
}

// next reads a token, and says where it begins.
func (r *reader) next() (json.Token, int, error) {
	at := r.ahead()
	token, err := r.d.Token()
	if err != nil {
		return nil, at, r.noJSON(err)
	}
	return token, at, nil
}

// noJSON says what is no JSON. Where it stands only a reader of the whole text knows: what
// reads token by token counts from different places.
func (r *reader) noJSON(err error) error {
	var all any
	var syntax *json.SyntaxError
	if errors.As(json.Unmarshal(r.b, &all), &syntax) && !errors.Is(err, io.EOF) &&
		!errors.Is(err, io.ErrUnexpectedEOF) {
		at := int(syntax.Offset) - 1
		return r.wrong(at, words.Say("policy.why.syntax", words.Args{"said": syntax.Error()}))
	}
	return r.wrong(len(r.b), words.Say("policy.why.end"))
}

// object reads one. Without names any key may stand in it.
func (r *reader) object(names []string, read func(name string) error) error {
	token, at, err := r.next()
	if err != nil {
		return err
	}
	if token != json.Delim('{') {
		return r.wrong(at, words.Say("policy.why.object"))
	}
	seen := map[string]bool{}
	for r.d.More() {
		token, at, err := r.next()
		if err != nil {
			return err
		}
		name, _ := token.(string)
		quoted := words.Args{"key": strconv.Quote(probe.Clean(name, longestText))}
		switch {
		case seen[name]:
			return r.wrong(at, words.Say("policy.why.twice", quoted))
		case names != nil && !slices.Contains(names, name):
			var hint words.Text
			if near := spelling.Nearest(name, names); len(near) > 0 {
				hint = words.Raw(strconv.Quote(near[0]))
			}
			return r.wrong(at, words.Say("policy.why.unknown", quoted), hint)
		}
		seen[name] = true
		if err := read(name); err != nil {
			return err
		}
	}
	_, _, err = r.next()
	return err
}

// text reads one line of something.
func (r *reader) text() (string, error) {
	token, at, err := r.next()
	if err != nil {
		return "", err
	}
	s, is := token.(string)
	if !is || s == "" || utf8.RuneCountInString(s) > longestText || probe.Clean(s, longestText) != s {
		return "", r.wrong(at, words.Say("policy.why.text", words.Args{"most": longestText}))
	}
	return s, nil
}

func (r *reader) texts(most int) (list []string, err error) {
	token, at, err := r.next()
	if err != nil {
		return nil, err
	}
	if token != json.Delim('[') {
		return nil, r.wrong(at, words.Say("policy.why.list"))
	}
	for r.d.More() {
		at := r.ahead()
		s, err := r.text()
		if err != nil {
			return nil, err
		}
		if list = append(list, s); len(list) > most {
			return nil, r.wrong(at, words.Say("policy.why.many", words.Args{"most": most}))
		}
	}
	_, _, err = r.next()
	return list, err
}

func (r *reader) truth() (bool, error) {
	token, at, err := r.next()
	if err != nil {
		return false, err
	}
	b, is := token.(bool)
	if !is {
		return false, r.wrong(at, words.Say("policy.why.truth"))
	}
	return b, nil
}

func (r *reader) schema(*Policy) error {
	at := r.ahead()
	s, err := r.text()
	if err == nil && s != Schema {
		return r.wrong(at, words.Say("policy.why.schema", words.Args{"schema": Schema}))
	}
	return err
}

func (r *reader) labels(p *Policy) error {
	p.Labels = map[string]string{}
	return r.object(nil, func(key string) error {
		at := r.ahead()
		value, err := r.text()
		if err != nil {
			return err
		}
		if _, _, ok := report.ReadLabel(key + "=" + value); !ok || len(p.Labels) == report.MostLabels {
			return r.wrong(
				at,
				words.Say("policy.why.label", words.Args{"most": report.MostLabels, "longest": report.LongestLabel}),
			)
		}
		p.Labels[key] = value
		return nil
	})
}

func (r *reader) owners(p *Policy) error {
	p.Owners = map[string]Owner{}
	return r.object(ownerIDs(), func(id string) error {
		var o Owner
		err := r.object([]string{"name", "contact", "remedy"}, func(key string) (err error) {
			switch key {
			case "name":
				o.Name, err = r.text()
			case "contact":
				o.Contact, err = r.text()
			default:
				o.Remedy, err = r.texts(mostSteps)
			}
			return err
		})
		p.Owners[id] = o
		return err
	})
}
