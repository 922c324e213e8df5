package catalog

import (
	"errors"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"wsdoctor/internal/pasted"
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
	Reason string
	Hint   string // what to do; may be empty
}

func (e *BadRegistration) Error() string { return "not a registration code: " + e.Reason }

const (
	// longestCode bounds what is looked at: a DNS name has at most 253
	// characters, and a workspaces:// URI adds a user name and a query.
	longestCode = 1024
	tailLength  = 6
	formHint    = "a code looks like SLiad+ABC123 or WSpdx+ABC123, or is a DNS name; the administrator who gave you the WorkSpace knows it"
)

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
		return Registration{}, &BadRegistration{"it is far too long", formHint}
	}
	text, err := fromURI(asTyped(code))
	if err != nil {
		return Registration{}, err
	}
	prefix, tail, plus := strings.Cut(text, "+")
	switch {
	case text == "":
		return Registration{}, &BadRegistration{"there is nothing in it", formHint}
	case plus:
		return c.regionCode(prefix, tail)
	case ValidDirectoryID(strings.ToLower(text)):
		return Registration{}, &BadRegistration{"this is a directory ID", "give it with --directory-id, and the Region with --region"}
	}
	if r, err := c.Find(text); err == nil {
		return Registration{}, &BadRegistration{"this is a Region's name", "give it with --region " + r.ID}
	}
	name := strings.ToLower(strings.TrimSuffix(text, "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return Registration{}, &BadRegistration{"this is an address", formHint}
	}
	if validHost(name) {
		return Registration{Code: name, Kind: KindFQDN}, nil
	}
	return Registration{}, &BadRegistration{"it holds no \"+\" and is no DNS name", formHint}
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
		return "", &BadRegistration{"the workspaces:// link is not a valid one", formHint}
	}
	if text == "" {
		return "", &BadRegistration{"the workspaces:// link holds no code", formHint}
	}
	return text, nil
}

// regionCode understands prefix and tail around a plus sign.
func (c *Catalog) regionCode(prefix, tail string) (Registration, error) {
	parts := prefixLike.FindStringSubmatch(prefix)
	if parts == nil {
		return Registration{}, &BadRegistration{"the part before \"+\" must be SL or WS and three letters", formHint}
	}
	switch {
	case tail == strings.Repeat("*", tailLength):
		return Registration{}, &BadRegistration{"its last part is blanked out", "give the whole code, or the Region with --region"}
	case len(tail) != tailLength:
		return Registration{}, &BadRegistration{"the part after \"+\" must be 6 characters, not " + strconv.Itoa(len(tail)), formHint}
	case !tailForm.MatchString(tail):
		return Registration{}, &BadRegistration{"the part after \"+\" may hold letters and digits only", formHint}
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
	return Registration{}, &BadRegistration{"no Region is known for the prefix " + prefix, "give the Region with --region"}
}

// ErrOpaqueAlias says that a connection alias's record does not tell the Region.
var ErrOpaqueAlias = errors.New("the record holds a connection identifier, which only the vendor can map to a Region: give the Region with --region")

// longestText bounds the TXT record: one character-string has at most 255
// octets (RFC 1035 section 3.3), and a record may join several.
const longestText = 4096

// ParseAliasText looks for a Region in the TXT record of a DNS name that serves
// as registration code. What the record holds is a connection identifier, and
// no public document maps it to a Region, so the usual answer is
// ErrOpaqueAlias; a Region ID or a registration code in the text is used.
func (c *Catalog) ParseAliasText(txt string) (region string, err error) {
	if len(txt) > longestText {
		return "", errors.New("the record is far too long to be a connection identifier")
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
	return "", errors.New("the record names several Regions: give the one you mean with --region")
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
