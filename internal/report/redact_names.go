package report

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// nameKind is what a pseudonym still tells of a name.
type nameKind string

const (
	kindHost    nameKind = "host"
	kindUser    nameKind = "user"
	kindDomain  nameKind = "domain"
	kindProxy   nameKind = "proxy"
	kindGateway nameKind = "gateway"
	kindSite    nameKind = "site"
)

// ordinary are names so common that they tell nothing, and words so common in a
// report that replacing them would wreck it.
var ordinary = setOf(`admin administrator ec2-user guest root system ubuntu user localhost
	desktop desk laptop computer workspace workspaces client server broker gateway router proxy dns network firewall
	local localdomain lan home corp internal intranet private office workgroup domain host example test invalid
	amazon aws com net org none direct https http tcp udp default-first-site-name`)

func setOf(list string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(list) {
		set[w] = true
	}
	return set
}

// nameBook gives the same name the same pseudonym, whatever its case.
type nameBook struct {
	given   map[string]string // lower-case name → pseudonym
	domains map[string]string // the domains among them
	hosts   map[string]string // full names inside a known domain → "host-N"
	count   map[nameKind]int
	longest []string // names of given, longest first
	key     PseudonymKey
}

// next is the pseudonym of a name that has none yet.
func (b *nameBook) next(kind nameKind, name string) string {
	if b.key.secret != nil {
		return b.key.name(kind, name)
	}
	b.count[kind]++
	return fmt.Sprintf("%s-%d", kind, b.count[kind])
}

func newNameBook() nameBook {
	return nameBook{
		given:   map[string]string{},
		domains: map[string]string{},
		hosts:   map[string]string{},
		count:   map[nameKind]int{},
	}
}

// host learns a computer's name: in full, its first label and its domain. One
// that was already shown as a host of a known domain keeps its pseudonym.
func (b *nameBook) host(name string) {
	if isAWS(name) {
		return
	}
	first, domain, found := strings.Cut(strings.ToLower(strings.Trim(name, ".")), ".")
	if shown := b.hosts[first+"."+b.domains[domain]]; shown != "" && b.given[first] == "" && !b.common(first) {
		b.know(first, shown)
	}
	b.add(kindHost, first)
	if found {
		b.add(kindDomain, domain)
	}
}

// directory learns a directory's domain, those it is part of, and its labels but
// the last: one of them is the short name under which Windows shows it.
func (b *nameBook) directory(domain string) {
	domain = strings.ToLower(strings.Trim(domain, "."))
	if isAWS(domain) {
		return
	}
	for label, parent := "", domain; ; {
		if parent == domain || strings.Contains(parent, ".") {
			b.add(kindDomain, parent)
		}
		var found bool
		if label, parent, found = strings.Cut(parent, "."); !found {
			return
		}
		if !b.common(label) {
			b.add(kindDomain, label)
		}
	}
}

// common names are not looked for by themselves.
func (b *nameBook) common(name string) bool {
	return ordinary[name] || len(name) < shortest || partOfAWS(name)
}

func (b *nameBook) know(name, pseudonym string) {
	b.given[name] = pseudonym
	b.longest = append(b.longest, name)
	slices.SortStableFunc(b.longest, func(x, y string) int { return len(y) - len(x) })
}

// shortest is the least length of a name that is looked for as a word: two
// letters are found everywhere.
const shortest = 3

func (b *nameBook) add(kind nameKind, name string) {
	name = strings.ToLower(strings.Trim(strings.TrimSpace(name), "."))
	if name == "" || b.given[name] != "" || b.domains[name] != "" || isAWS(name) || strings.ContainsAny(name, "*/[]:") {
		return
	}
	common := b.common(name)
	if common && kind != kindDomain {
		return
	}
	p := b.next(kind, name)
	if kind != kindUser && strings.Contains(name, ".") {
		p += ".example"
	}
	if kind == kindDomain {
		b.domains[name] = p
	}
	if !common {
		b.know(name, p)
	}
}

// partOfAWS keeps names out that occur in AWS's own.
func partOfAWS(name string) bool {
	return slices.ContainsFunc(awsSuffixes, func(s string) bool { return strings.Contains(s, name) })
}

// hostToken finds what may be a host name.
var hostToken = regexp.MustCompile(`[\pL\pN_-]+(?:\.[\pL\pN_-]+)*`)

// insideWords is the least length of a name that is looked for inside longer
// words, such as laptop7-eth0.
const insideWords = 5

// replace rewrites the known names inside a string.
func (b *nameBook) replace(s string) string {
	s = hostToken.ReplaceAllStringFunc(s, b.token)
	for _, name := range b.longest {
		if hostToken.FindString(name) != name { // more than one word: a full name
			s = replaceFold(s, name, b.given[name])
		}
	}
	return s
}

// token rewrites one host name or word. Names under a known domain keep the
// service labels of an SRV name, and become hosts of the domain's pseudonym.
func (b *nameBook) token(word string) string {
	lower := strings.ToLower(word)
	if p := b.given[lower]; p != "" {
		return p
	}
	if isAWS(lower) {
		return word
	}
	for at := strings.IndexByte(lower, '.'); at >= 0; {
		if p := b.domains[lower[at+1:]]; p != "" {
			return b.under(lower[:at], p)
		}
		next := strings.IndexByte(lower[at+1:], '.')
		if next < 0 {
			break
		}
		at += 1 + next
	}
	for _, name := range b.longest {
		if len(name) >= insideWords {
			word = replaceFold(word, name, b.given[name])
		}
	}
	return word
}

// controllersOnly is the part of a directory's own DNS under which only domain
// controllers are listed ([MS-ADTS] section 6.3.2.3).
const controllersOnly = "dc._msdcs"

// inSite stands before it, after a site's name.
const inSite = "_sites."

// under names the host "head" of a domain that became p.
func (b *nameBook) under(head, p string) string {
	var kept []string
	labels := strings.Split(head, ".")
	for len(labels) > 0 && strings.HasPrefix(labels[0], "_") {
		kept, labels = append(kept, labels[0]), labels[1:]
	}
	rest := strings.Join(labels, ".")
	site, ofSite := strings.CutSuffix(rest, "."+inSite+controllersOnly)
	switch {
	case rest == controllersOnly:
		kept, labels = append(kept, controllersOnly), nil
	case ofSite && !strings.Contains(site, "."):
		b.add(kindSite, site)
		if site = b.given[site]; site == "" {
			site = string(kindSite) // a short or common name
		}
		kept, labels = append(kept, site, inSite+controllersOnly), nil
	}
	if len(labels) > 0 {
		host := strings.Join(labels, ".")
		name := b.given[host]
		if name == "" {
			key := host + "." + p
			if b.hosts[key] == "" {
				b.hosts[key] = b.next(kindHost, key)
			}
			name = b.hosts[key]
		}
		kept = append(kept, name)
	}
	return strings.Join(append(kept, p), ".")
}

// replaceFold replaces old, given in lower case, whatever its case in s. Where
// folding moves bytes the result is in lower case: a name must not slip through.
func replaceFold(s, old, with string) string {
	lower := strings.ToLower(s)
	if !strings.Contains(lower, old) {
		return s
	}
	if len(lower) != len(s) {
		return strings.ReplaceAll(lower, old, with)
	}
	var out strings.Builder
	for i := strings.Index(lower, old); i >= 0; i = strings.Index(lower, old) {
		out.WriteString(s[:i] + with)
		s, lower = s[i+len(old):], lower[i+len(old):]
	}
	return out.String() + s
}

// nameParts finds the domain in an LDAP distinguished name: DC=corp,DC=example.
var nameParts = regexp.MustCompile(`(?i)\bDC=[^,=\s"]+(?:\s*,\s*DC=[^,=\s"]+)*`)

// dotted is the DNS name of the domain in a distinguished name, "" if it has none.
func dotted(name string) string {
	parts := strings.Split(nameParts.FindString(name), ",")
	for i := range parts {
		_, parts[i], _ = strings.Cut(parts[i], "=")
	}
	return strings.Join(parts, ".")
}

// distinguished rewrites the domains of distinguished names as it would their
// DNS names.
func (b *nameBook) distinguished(s string) string {
	return nameParts.ReplaceAllStringFunc(s, func(name string) string {
		domain := dotted(name)
		p := b.domains[strings.ToLower(domain)]
		if p == "" {
			return name // its parts may still be known
		}
		return "DC=" + strings.ReplaceAll(p, ".", ",DC=")
	})
}
