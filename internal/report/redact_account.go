package report

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// resourceBook gives what an AWS account calls its parts the same pseudonym everywhere,
// with the prefix that tells what it is: subnet-0ab12… becomes subnet-1.
type resourceBook struct {
	given map[string]string // in lower case
	count map[string]int    // by prefix
	key   PseudonymKey
}

func newResourceBook() resourceBook {
	return resourceBook{given: map[string]string{}, count: map[string]int{}}
}

const kindResource = "resource"

var (
	// resourceForm is an identifier of AWS's.
	resourceForm = regexp.MustCompile(`^([a-z]+)-[0-9a-z]+$`)
	// resourceToken is what one may be in.
	resourceToken = regexp.MustCompile(`[0-9A-Za-z]+(?:-[0-9A-Za-z]+)*`)
)

// noResource are values in the place of identifiers that are none.
var noResource = setOf("local")

// learn takes in an identifier, or those in an ARN.
func (b *resourceBook) learn(s string) {
	for _, token := range resourceToken.FindAllString(s, -1) {
		id := strings.ToLower(token)
		if whole := token == s; noResource[id] || b.given[id] != "" || !whole && !resourceForm.MatchString(id) {
			continue
		}
		prefix := kindResource
		if form := resourceForm.FindStringSubmatch(id); form != nil {
			prefix = form[1]
		}
		b.given[id] = b.next(prefix, id)
	}
}

func (b *resourceBook) next(prefix, id string) string {
	if b.key.secret != nil {
		return b.key.name(nameKind(prefix), id)
	}
	b.count[prefix]++
	return fmt.Sprintf("%s-%d", prefix, b.count[prefix])
}

// replace rewrites the known identifiers inside a string.
func (b *resourceBook) replace(s string) string {
	if len(b.given) == 0 {
		return s
	}
	return resourceToken.ReplaceAllStringFunc(s, b.token)
}

// token rewrites a run of letters, digits and hyphens: the longest parts of it that are
// known.
func (b *resourceBook) token(run string) string {
	if p := b.given[strings.ToLower(run)]; p != "" {
		return p
	}
	parts := strings.Split(run, "-")
	for n := len(parts) - 1; n > 0; n-- {
		for i := 0; i+n <= len(parts); i++ {
			p := b.given[strings.ToLower(strings.Join(parts[i:i+n], "-"))]
			if p == "" {
				continue
			}
			rewritten := append(slices.Clone(parts[:i]), p)
			if rest := parts[i+n:]; len(rest) > 0 {
				rewritten = append(rewritten, b.token(strings.Join(rest, "-")))
			}
			return strings.Join(rewritten, "-")
		}
	}
	return run
}

// Kinds of names that only an account has.
const (
	kindAccount nameKind = "account"
	kindRole    nameKind = "role"
	kindName    nameKind = "name"
)

// sortsOfPrincipal stand in an ARN before a name.
var sortsOfPrincipal = setOf("assumed-role federated-user user root role policy service-role")

// learnUser takes in a user's name, or what an ARN has in the place of one.
func (x *Redactor) learnUser(s string) {
	name, domain, _ := strings.Cut(s, "@")
	x.names.add(kindDomain, domain)
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(`/\:`, r) }) {
		if !sortsOfPrincipal[strings.ToLower(part)] {
			x.names.add(kindUser, part)
		}
	}
}

// ofWorkSpaces are roles that every account calls the same.
var ofWorkSpaces = setOf("workspaces_defaultrole amazonworkspacespcaaccess")

// learnRole takes in an ARN: whose it is, and what the company calls it.
func (x *Redactor) learnRole(arn string) {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return
	}
	x.names.add(kindAccount, parts[4])
	name := parts[5][strings.LastIndexByte(parts[5], '/')+1:]
	if !ofWorkSpaces[strings.ToLower(name)] {
		x.names.add(kindRole, name)
	}
}

// madeByAWS are names that AWS gives: those of a directory's security groups.
var madeByAWS = regexp.MustCompile(`^(d-[0-9a-f]+_\w+|default)$`)

func (x *Redactor) learnNamed(s string) {
	if !madeByAWS.MatchString(s) {
		x.names.add(kindName, s)
	}
}

// named is what stands for a name that somebody gave a part of an account, which may be
// the company's.
func (x *Redactor) named(s string) string {
	if madeByAWS.MatchString(s) {
		return x.rewritten(s)
	}
	if p := x.names.given[strings.ToLower(strings.Trim(strings.TrimSpace(s), "."))]; p != "" {
		return p
	}
	if strings.HasPrefix(s, string(kindName)+"-") {
		return s // it stands for one already
	}
	return string(kindName)
}

// address is a URL without its path, which tells whose it is.
func (x *Redactor) webAddress(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return string(kindName)
	}
	return u.Scheme + "://" + x.rewritten(u.Hostname()) + "/"
}
