package report

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"os"
	"os/user"
	"reflect"
	"slices"
	"strings"

	"wsdoctor/probe"
)

// Names are what the machine a report is about, and its user, are called.
type Names struct {
	Hosts []string // host names, short or with domain
	Users []string // login and full names
}

// LocalNames asks this system. What it does not tell is left out.
func LocalNames() Names {
	var n Names
	if host, err := os.Hostname(); err == nil {
		n.Hosts = append(n.Hosts, host)
	}
	if u, err := user.Current(); err == nil {
		n.Users = append(n.Users, strings.FieldsFunc(u.Username, func(r rune) bool { return r == '\\' || r == '@' })...)
		n.Users = append(n.Users, u.Name)
	}
	return n
}

// redactTag is the tag that says what a field's values are, of every field of a report
// that holds texts: one of redactions. After it may stand on what it depends:
//
//	own,if=OwnHost                 only where the field OwnHost beside it is set
//	aws,if=Endpoint,not=resolver   and does not say "resolver"
//	aws,of=Name                    only where the name in the field Name is one of AWS
//
// Addresses without a tag are private, this computer's, AWS's or somebody's, as
// other fields tell.
const redactTag = "redact"

// redaction is what is done with the values of a field.
type redaction struct {
	learn func(x *Redactor, value string) // nil: they teach nothing
	keeps bool                            // they tell nothing of the user and stay, whatever is known
	with  string                          // what stands in their place; empty: themselves, rewritten by what is known
	write func(*Redactor, string) string  // what stands in their place, made of the value
}

// redactions are the words of the tag.
var redactions = map[string]redaction{
	"keep": {keeps: true}, // words of our own that other programs read; a user called "broker" must not change them
	"text": {},

	"own":       {learn: func(x *Redactor, s string) { x.addresses.learnOwn(addressOf(s)) }}, // addresses of this computer
	"aws":       {learn: func(x *Redactor, s string) { x.addresses.learnAWS(addressOf(s)) }},
	"published": {learn: (*Redactor).learnPublished, keeps: true}, // networks that AWS publishes
	// A version such as "4.3.0.190" is nobody's address, and stays in prose too.
	"version": {learn: func(x *Redactor, s string) { x.addresses.learnAWS(addressOf(s)) }, keeps: true},

	"host":      {learn: func(x *Redactor, s string) { x.names.host(hostOf(s)) }}, // a computer's name, with its domain
	"proxy":     {learn: func(x *Redactor, s string) { x.names.add(kindProxy, hostOf(s)) }},
	"site":      {learn: func(x *Redactor, s string) { x.names.add(kindSite, s) }},
	"domain":    {learn: (*Redactor).learnDomains},
	"directory": {learn: (*Redactor).learnDirectory}, // the domain of one, or its distinguished name

	"gateway":      {learn: (*Redactor).learnGateway},
	"registration": {learn: (*Redactor).learnRegistration},
	"directory-id": {with: "d-**********"},

	// Of an AWS account; see redact_account.go.
	"resource": {learn: func(x *Redactor, s string) { x.resources.learn(s) }},
	"account":  {learn: func(x *Redactor, s string) { x.names.add(kindAccount, s) }},
	"user":     {learn: (*Redactor).learnUser},
	"role":     {learn: (*Redactor).learnRole},
	"named":    {learn: (*Redactor).learnNamed, write: (*Redactor).named},
	"url":      {learn: func(x *Redactor, s string) { x.names.host(hostOf(s)) }, write: (*Redactor).webAddress},
}

// RedactionWords lists what may stand in a tag, for the tests of what is tagged.
func RedactionWords() []string { return slices.Sorted(maps.Keys(redactions)) }

// action is what a tag says without its condition.
func action(tag string) string {
	word, _, _ := strings.Cut(tag, ",")
	return word
}

// learn takes in what the fields of a value tell of the user.
func (x *Redactor) learn(v reflect.Value, tag string) {
	if text, is := v.Interface().(fmt.Stringer); is && leaf(v.Type()) {
		x.teach(tag, text.String())
		return
	}
	switch v.Kind() {
	case reflect.String:
		x.teach(tag, v.String())
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			x.learn(v.Elem(), tag)
		}
	case reflect.Slice:
		for i := range v.Len() {
			x.learn(v.Index(i), tag)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() && applies(v, f.Tag.Get(redactTag)) {
				x.learn(v.Field(i), f.Tag.Get(redactTag))
			}
		}
	}
}

func (x *Redactor) teach(tag, value string) {
	if r := redactions[action(tag)]; r.learn != nil && value != "" {
		r.learn(x, value)
	}
}

// leaf: a struct to reflection, a value to us.
func leaf(t reflect.Type) bool {
	switch t {
	case reflect.TypeFor[netip.Addr](), reflect.TypeFor[netip.AddrPort](), reflect.TypeFor[netip.Prefix]():
		return true
	}
	return false
}

// applies says whether the condition of a tag holds of the struct that its field is in.
func applies(in reflect.Value, tag string) bool {
	_, condition, _ := strings.Cut(tag, ",")
	var beside reflect.Value
	for part := range strings.SplitSeq(condition, ",") {
		kind, of, _ := strings.Cut(part, "=")
		switch kind {
		case "if":
			if beside = in.FieldByName(of); beside.IsZero() {
				return false
			}
		case "not":
			if beside.String() == of {
				return false
			}
		case "of":
			if host, _, _ := probe.ParseTarget(in.FieldByName(of).String()); !isAWS(host) {
				return false
			}
		}
	}
	return true
}

func (x *Redactor) learnPublished(s string) {
	if p, err := netip.ParsePrefix(s); err == nil {
		x.addresses.stays(p)
	}
}

// learnDomains reads lists too, as they stand in settings: ".corp.example,*.lan".
func (x *Redactor) learnDomains(s string) {
	for _, domain := range strings.Split(s, ",") {
		x.names.add(kindDomain, strings.Trim(domain, " .*"))
	}
}

func (x *Redactor) learnDirectory(s string) {
	if domain := dotted(s); domain != "" {
		s = domain
	}
	x.names.directory(s)
}

func (x *Redactor) learnGateway(s string) {
	host, _, _ := probe.ParseTarget(s)
	if a, err := netip.ParseAddr(host); err == nil {
		x.addresses.learnAWS(a)
	} else {
		x.names.add(kindGateway, host)
	}
}

// learnRegistration: a code without a plus is a name, which tells the company.
func (x *Redactor) learnRegistration(s string) {
	if !strings.Contains(s, "+") {
		x.names.add(kindHost, s)
	}
}

// hostOf gives the host of a URL or of host:port, empty if it is an address.
func hostOf(s string) string {
	host, _, _ := probe.ParseTarget(s)
	if u, err := url.Parse(s); err == nil && u.Host != "" {
		host = u.Hostname()
	}
	if _, err := netip.ParseAddr(host); err == nil {
		return ""
	}
	return host
}

// addressOf reads an address with or without a port or a network's length.
func addressOf(s string) netip.Addr {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Addr()
	}
	return probe.Observation{Address: s}.Addr()
}

// awsSuffixes are the domains whose names and addresses stay in a redacted
// report: AWS's own, from the port page of the WorkSpaces administration guide.
var awsSuffixes = []string{
	"amazonaws.com", "amazonaws.com.cn", "api.aws", "amazonworkspaces.com", "awsapps.com", "cloudfront.net",
	"a2z.com", "signin.aws", "amazon.com", "awsstatic.com", "workspaces.aws",
}

// isAWS says whether a DNS name is AWS's.
func isAWS(name string) bool {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	for _, suffix := range awsSuffixes {
		if name == suffix || strings.HasSuffix(name, "."+suffix) {
			return true
		}
	}
	return false
}
