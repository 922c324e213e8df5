package report

import (
	"cmp"
	"net/netip"
	"reflect"
	"regexp"
	"sync"

	"wsdoctor/internal/words"
)

// Redacted gives a copy that can be handed to strangers (`--redact`): schema and
// findings stay, names and addresses that tell who and where the user is become
// pseudonyms, the same everywhere in the report. See Redactor.
func (r Report) Redacted() Report { return NewRedactor(LocalNames()).Report(r) }

// Redactor replaces, with the same pseudonym wherever it occurs:
//   - private addresses, this computer's public ones and everybody else's but
//     AWS's. An address is AWS's if a name of AWS resolved to it;
//   - names: this computer, its user, the directory ID, the domain and search
//     domains, the directory's site and domain controllers, the proxy, a gateway
//     or registration code under a name of the user's company.
//
// Interface, service and process names, AWS names, port numbers, management
// ranges and loopback addresses stay. What a field's values are is told by its tag
// "redact"; see redactions. Secrets are learnt from these fields, so a report is
// learnt as a whole before it is rewritten; a stream of lines is rewritten by what
// came before. Safe for several goroutines.
type Redactor struct {
	mu        sync.Mutex
	addresses addressBook
	names     nameBook
	resources resourceBook
	level     string // of the key; empty without one
}

// NewRedactor knows the names of the machine the report is about.
func NewRedactor(n Names) *Redactor { return NewKeyedRedactor(n, PseudonymKey{}) }

// NewKeyedRedactor takes its pseudonyms from a company's key.
func NewKeyedRedactor(n Names, key PseudonymKey) *Redactor {
	x := &Redactor{addresses: newAddressBook(), names: newNameBook(), resources: newResourceBook(), level: key.Level()}
	x.addresses.key, x.names.key, x.resources.key = key, key, key
	for _, h := range n.Hosts {
		x.names.host(h)
	}
	for _, u := range n.Users {
		x.names.add(kindUser, u)
	}
	return x
}

// Report redacts a whole report.
func (x *Redactor) Report(r Report) Report {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.report(r)
}

func (x *Redactor) report(r Report) Report {
	r = r.Scrubbed()
	x.learn(reflect.ValueOf(r), "")
	r = rewrite(x.visitor(), r)
	if !r.IsRedacted() {
		c, _ := words.In(r.Lang)
		r.Gaps = append(r.Gaps, x.Gap(c))
		r.Pseudonyms = cmp.Or(x.level, RunPseudonyms)
	}
	return r
}

// RunPseudonyms is what a report says whose pseudonyms mean something in it alone. By a
// company's key they are the same in every report, and it says that key's mark.
const RunPseudonyms = "run"

// Gap is the line that says in a report what was done to it.
func (x *Redactor) Gap(c *words.Catalogue) string {
	if x.level != "" {
		return KeyedRedactionGap(c)
	}
	return RedactionGap(c)
}

// Line redacts one line of an NDJSON stream.
func (x *Redactor) Line(l Line) Line {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.learn(reflect.ValueOf(l), "")
	if l.Report != nil {
		r := x.report(*l.Report)
		l.Report = nil
		l = rewrite(x.visitor(), l)
		l.Report = &r
		return l
	}
	return rewrite(x.visitor(), scrubbed(l))
}

func (x *Redactor) visitor() visitor { return visitor{text: x.text, addr: x.addr} }

// Learn takes in what a report tells of the user, to redact something else that
// was made of it.
func (x *Redactor) Learn(r Report) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.report(r)
}

// Redact gives a copy of any value of texts and addresses, such as the joined
// verdict of two reports, with the pseudonyms of what x has learnt.
func Redact[T any](x *Redactor, v T) T {
	x.mu.Lock()
	defer x.mu.Unlock()
	return rewrite(x.visitor(), scrubbed(v))
}

// identifiers are redacted wherever they stand, by their form.
var identifiers = []secret{
	{"directory ID", "-", regexp.MustCompile(`(?i)\bd-[0-9a-f]{10}\b`), "d-**********"},
	{"WorkSpace ID", "-", regexp.MustCompile(`(?i)\bws-[0-9a-z]{9}\b`), "ws-*********"},
	{"hardware address", ":-", regexp.MustCompile(`(?i)\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b`), "**:**:**:**:**:**"},
	{
		"user in a path",
		"/\\",
		regexp.MustCompile(`(?i)([/\\](?:home|users)[/\\])(?:[^/\\"':;<>|]+([/\\])|[^\s/\\"':;<>|]+)`),
		"${1}user${2}",
	},
	{
		"account in an ARN",
		":",
		regexp.MustCompile(`\b(arn:aws[a-z-]*:[a-z0-9-]*:[a-z0-9-]*:)[0-9]{12}\b`),
		"${1}************",
	},
	{"account ID", " ", regexp.MustCompile(`(?i)\b(account(?: id)?:? )[0-9]{12}\b`), "${1}************"},
	{"part of a VPC", "-", regexp.MustCompile(
		`\b(vpc|subnet|sg|sgr|eni|rtb|nat|igw|eigw|acl|vpce|pcx|tgw|vgw|pl|i|eipalloc)-[0-9a-f]{8}(?:[0-9a-f]{9})?\b`,
	), "${1}-*"},
	{"part of WorkSpaces", "-", regexp.MustCompile(`\b(wsb|wsipg|wsca|wsi)-[0-9a-z]{8,12}\b`), "${1}-*"},
	{"AWS access portal", ".", regexp.MustCompile(`(?i)\b[a-z0-9][a-z0-9-]*\.awsapps\.com\b`), "portal.awsapps.com"},
}

func (x *Redactor) text(tag, s string) string {
	switch r := redactions[action(tag)]; {
	case r.keeps || s == "" || IsRedactionGap(s):
		return s
	case r.with != "":
		return r.with
	case r.write != nil:
		return r.write(x, s)
	}
	return x.rewritten(s)
}

// rewritten is a text by what is known.
func (x *Redactor) rewritten(s string) string {
	s = replaceAll(identifiers, x.resources.replace(s))
	return x.names.replace(x.names.distinguished(x.addresses.replace(s)))
}

func (x *Redactor) addr(tag string, a netip.Addr) netip.Addr {
	if redactions[action(tag)].keeps {
		return a
	}
	return x.addresses.stand(a)
}
