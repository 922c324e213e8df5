package catalog

import (
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"wsdoctor/internal/pasted"
	"wsdoctor/internal/words"
)

// Kinds of registration codes.
const (
	KindRegion = "region" // prefix + six characters: the prefix tells the Region
	KindFQDN   = "fqdn"   // a DNS name whose TXT record tells the connection
)

// Registration is a code that was understood. It prints redacted: who has the
// code can try to register.
type Registration struct {
	Code   string `json:"-"` // as it must be typed, secret
	Prefix string // "SLiad" in the catalog's spelling; empty for a DNS name
	Kind   string // KindRegion or KindFQDN
	Region string // Region ID; empty for a DNS name
	// Confidence in Region: "high" where codes with this prefix are known,
	// "inferred" where only the form of the others speaks for it.
	Confidence string
}

// Redacted is the code without its secret part: "SLiad+******".
func (r Registration) Redacted() string {
	if r.Kind == KindRegion {
		return r.Prefix + "+******"
	}
	return "******"
}

// String is Redacted, so that no print statement tells the code by accident.
func (r Registration) String() string { return r.Redacted() }

// GoString is Redacted too.
func (r Registration) GoString() string { return r.Redacted() }

// BadRegistration is a text that is no registration code. Neither field repeats
// what may be the secret part.
type BadRegistration struct {
	Reason words.Text
	Hint   words.Text // what to do
}

// Told is what the error says.
func (e *BadRegistration) Told() words.Text {
	return words.Say("registration.bad", words.Args{"why": e.Reason})
}

func (e *BadRegistration) Error() string { return words.English().Tell(e.Told()) }

const (
	// longestCode bounds what is looked at: a DNS name has at most 253
	// characters, and a workspaces:// URI adds a user name and a query.
	longestCode = 1024
	tailLength  = 6
)

// formHint says what a code looks like.
var formHint = words.Say("registration.hint.form")

var (
	// SL or WS, the airport code, a plus sign, six letters or digits: all known
	// codes have this form.
	prefixLike = regexp.MustCompile(`^(?i)(SL|WS)([a-z]{3})$`)
	tailForm   = regexp.MustCompile(`^[A-Za-z0-9]{6}$`)
)

// ParseRegistration understands what the client takes as a registration code: a
// code ("SLiad+ABC123", any case), a workspaces:// URI (its user and query are
// dropped), or the DNS name of a connection alias. The error is a
// *BadRegistration and does not repeat the code.
func (c *Catalog) ParseRegistration(code string) (Registration, error) {
	if len(code) > longestCode {
		return Registration{}, &BadRegistration{words.Say("registration.why.long"), formHint}
	}
	text, err := fromURI(asTyped(code))
	if err != nil {
		return Registration{}, err
	}
	prefix, tail, plus := strings.Cut(text, "+")
	switch {
	case text == "":
		return Registration{}, &BadRegistration{words.Say("registration.why.empty"), formHint}
	case plus:
		return c.regionCode(prefix, tail)
	case ValidDirectoryID(strings.ToLower(text)):
		return Registration{}, &BadRegistration{
			words.Say("registration.why.directory"),
			words.Say("registration.hint.directory"),
		}
	}
	if r, err := c.Find(text); err == nil {
		return Registration{}, &BadRegistration{
			words.Say("registration.why.region"),
			words.Say("registration.hint.region", words.Args{"region": r.ID}),
		}
	}
	name := strings.ToLower(strings.TrimSuffix(text, "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return Registration{}, &BadRegistration{words.Say("registration.why.address"), formHint}
	}
	if validHost(name) {
		return Registration{Code: name, Kind: KindFQDN}, nil
	}
	return Registration{}, &BadRegistration{words.Say("registration.why.neither"), formHint}
}

// asTyped undoes what happens to a code on its way from the invitation: it comes
// with its label, in quotes, with a full-width plus sign, or escaped for a link.
func asTyped(code string) string {
	text := pasted.Unquote(pasted.Fold(code))
	if label := labelForm.FindString(text); label != "" {
		text = pasted.Unquote(text[len(label):])
	}
	return plusEscaped.ReplaceAllString(text, "+")
}

var (
	labelForm   = regexp.MustCompile(`^(?i)registration\s+code\s*[:=]?`)
	plusEscaped = regexp.MustCompile(`(?i)%2B`)
)

// RegionOfPrefix gives the Region that a code's part before the plus sign tells.
func (c *Catalog) RegionOfPrefix(prefix string) (region string, known bool) {
	r, err := c.regionCode(prefix, strings.Repeat("0", tailLength))
	return r.Region, err == nil
}

// fromURI takes the code out of workspaces://user@CODE?query; a text without
// the scheme is given back as it is.
func fromURI(text string) (string, error) {
	const scheme = "workspaces://"
	if len(text) < len(scheme) || !strings.EqualFold(text[:len(scheme)], scheme) {
		return text, nil
	}
	text = text[len(scheme):]
	if i := strings.IndexAny(text, "?#"); i >= 0 {
		text = text[:i]
	}
	text = text[strings.LastIndexByte(text, '@')+1:]
	text, err := url.PathUnescape(strings.TrimSuffix(text, "/"))
	if err != nil {
		// The cause would quote the code.
		return "", &BadRegistration{words.Say("registration.why.link"), formHint}
	}
	if text == "" {
		return "", &BadRegistration{words.Say("registration.why.link-empty"), formHint}
	}
	return text, nil
}

// regionCode understands prefix and tail around a plus sign.
func (c *Catalog) regionCode(prefix, tail string) (Registration, error) {
	parts := prefixLike.FindStringSubmatch(prefix)
	if parts == nil {
		return Registration{}, &BadRegistration{words.Say("registration.why.prefix"), formHint}
	}
	switch {
	case tail == strings.Repeat("*", tailLength):
		return Registration{}, &BadRegistration{
			words.Say("registration.why.blanked"),
			words.Say("registration.hint.whole"),
		}
	case len(tail) != tailLength:
		return Registration{}, &BadRegistration{
			words.Say("registration.why.length", words.Args{"n": len(tail)}),
			formHint,
		}
	case !tailForm.MatchString(tail):
		return Registration{}, &BadRegistration{words.Say("registration.why.tail"), formHint}
	}
	airport := strings.ToLower(parts[2])
	for _, r := range c.regions {
		for _, p := range r.Prefixes {
			if strings.EqualFold(p.Prefix, prefix) {
				return Registration{p.Prefix + "+" + tail, p.Prefix, KindRegion, r.ID, p.Confidence}, nil
			}
		}
	}
	for _, r := range c.regions {
		if r.AirportCode == airport {
			p := strings.ToUpper(parts[1]) + airport
			return Registration{p + "+" + tail, p, KindRegion, r.ID, "inferred"}, nil
		}
	}
	return Registration{}, &BadRegistration{
		words.Say("registration.why.unknown", words.Args{"prefix": prefix}),
		words.Say("registration.hint.by-region"),
	}
}

// ErrOpaqueAlias says that a connection alias's record does not tell the Region.
var ErrOpaqueAlias error = words.Fail(words.Say("registration.alias.opaque"))

// longestText bounds the TXT record: one character-string has at most 255
// octets (RFC 1035 section 3.3), and a record may join several.
const longestText = 4096

// ParseAliasText looks for a Region in the TXT record of a DNS name that serves
// as registration code. What the record holds is a connection identifier, and
// no public document maps it to a Region, so the usual answer is
// ErrOpaqueAlias; a Region ID or a registration code in the text is used.
func (c *Catalog) ParseAliasText(txt string) (region string, err error) {
	if len(txt) > longestText {
		return "", words.Fail(words.Say("registration.alias.long"))
	}
	found := map[string]bool{}
	for _, word := range strings.FieldsFunc(txt, func(r rune) bool { return !codeRune(r) }) {
		if strings.Contains(word, "+") {
			if r, err := c.ParseRegistration(word); err == nil {
				region, found[r.Region] = r.Region, true
			}
		}
		for _, r := range c.regions {
			if containsWord(strings.ToLower(word), r.ID) {
				region, found[r.ID] = r.ID, true
			}
		}
	}
	switch len(found) {
	case 0:
		return "", ErrOpaqueAlias
	case 1:
		return region, nil
	}
	return "", words.Fail(words.Say("registration.alias.several"))
}

func codeRune(r rune) bool {
	return r == '+' || r == '-' || alphanumeric(r)
}

func alphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// containsWord finds word in s where no letter or digit stands beside it.
func containsWord(s, word string) bool {
	for from := 0; ; {
		i := strings.Index(s[from:], word)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(word)
		if (start == 0 || !alphanumeric(rune(s[start-1]))) && (end == len(s) || !alphanumeric(rune(s[end]))) {
			return true
		}
		from = start + 1
	}
}
