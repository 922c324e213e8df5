package catalog

// What one document must satisfy by itself. across.go holds what all of them
// must satisfy together.

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"

	"wsdoctor/internal/layer"
	"wsdoctor/probe"
)

// The closed lists of the documents.
var (
	partitions   = []string{"aws", "aws-us-gov", "aws-cn"}
	confidences  = []string{"high", "inferred"}
	protocols    = probe.StreamingProtocols()
	families     = []string{"", "ip4", "ip6"}
	schemes      = []string{"", "http", "https"}
	transports   = []probe.Transport{probe.TCP, probe.UDP}
	expectations = []Expect{ExpectHealthy, ExpectAnyHTTP, ExpectIP, ExpectTLS, ExpectSTUN, ExpectQUIC, ExpectNothing}
	publicUses   = []Use{UseHealth, UsePCoIPGateway, UseDCVGateway, UseDCVAccelerated, UseGateway}
	regionUses   = append(slices.Clone(publicUses), UseManagement, UseManagementDCV)
	globalUses   = []Use{
		UseManagementDCV,
		UseManagementBYOLPCoIP,
		UseManagementBYOLDCV,
		UsePools,
		UsePoolsBYOLDCV,
		UsePoolsReserved,
	}
	domainUses = []Use{UseDCVGateway, UsePrivateLinkPublic, UsePrivateLinkPrivate, UsePCoIPWebAccess}
	// neededRoles must be there in a Region whose hosts are known (no gap).
	neededRoles = []string{"broker", "session-broker", "login", "directory-settings", "stun"}
)

var (
	regionForm  = regexp.MustCompile(`^[a-z]{2}(-gov)?-[a-z]+-[1-9]$`)
	airportForm = regexp.MustCompile(`^[a-z]{3}$`)
	prefixForm  = regexp.MustCompile(`^(?i:SL|WS)[a-z]{3}$`)
	suffixForm  = regexp.MustCompile(`^[0-9]{1,3}\.[0-9]{1,3}$`)
)

// notPublic are ranges no gateway on the internet can have (IANA special
// purpose address registries); netip tells the rest.
var notPublic = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("100.64.0.0/10"),
	netip.MustParsePrefix("192.0.0.0/24"),
	netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("198.18.0.0/15"),
	netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("2001:db8::/32"),
}

func public(a netip.Addr) bool {
	if !a.IsGlobalUnicast() || a.IsPrivate() {
		return false
	}
	return !slices.ContainsFunc(notPublic, func(p netip.Prefix) bool { return p.Contains(a) })
}

// foreign says that a rune may not stand in a label of a host name (RFC 1123
// section 2.1), written in lower case.
func foreign(r rune) bool {
	return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
}

// validHost says whether s is a DNS name with at least two labels in lower case.
func validHost(s string) bool {
	labels := strings.Split(s, ".")
	if len(s) > 253 || len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.ContainsFunc(l, foreign) {
			return false
		}
	}
	return strings.ContainsAny(labels[len(labels)-1], "abcdefghijklmnopqrstuvwxyz")
}

// oneOf reports a value that is not in a closed list.
func (p *parser) oneOf(where, what, value string, list []string) {
	if !slices.Contains(list, value) {
		p.bad(where, "%s %q is not one of %q", what, value, list)
	}
}

// day reads YYYY-MM-DD or YYYY-MM.
func day(s string) bool {
	layout := time.DateOnly
	if len(s) == len("2006-01") {
		layout = "2006-01"
	}
	_, err := time.Parse(layout, s)
	return err == nil
}

// fact checks that a fact has a known source and a date not after the day the
// source was read.
func (p *parser) fact(where string, f fact) {
	s, ok := p.sources[f.Source]
	switch {
	case !ok:
		p.bad(where, "source %q is not in sources.json", f.Source)
	case !day(f.AsOf):
		p.bad(where, "as_of %q is no date", f.AsOf)
	case f.AsOf > s.Date: // the two forms of a date sort as text
		p.bad(where, "as_of %q is later than its source, %q of %q", f.AsOf, f.Source, s.Date)
	}
	p.used[f.Source] = true
}

func (p *parser) checkSources() {
	for key, s := range p.sources {
		if s.Title == "" || !day(s.Date) {
			p.bad("sources.json", "source %q needs a title and a date", key)
		}
	}
}

func (p *parser) checkRole(file string, r roleDoc) {
	where := file + ": role " + r.ID
	p.fact(where, r.fact)
	if _, ok := layer.Get(r.Layer); !ok {
		p.bad(where, "layer %q does not exist", r.Layer)
	}
	p.oneOf(where, "family", r.Family, families)
	p.oneOf(where, "scheme", r.Scheme, schemes)
	for _, x := range r.Protocols {
		if !slices.Contains(protocols, x) {
			p.bad(where, "protocol %q is not one of %q", x, protocols)
		}
	}
	checks := []struct {
		wrong bool
		what  string
	}{
		{r.ID == "", "has no id"},
		{!strings.HasSuffix(r.Purpose, "."), "its purpose is no sentence"},
		{!slices.Contains(transports, r.Transport), "its transport is neither tcp nor udp"},
		{!slices.Contains(expectations, r.Expect), "its expectation is not in the list"},
		{r.Port == 0, "has no port"},
		{r.Scheme != "" && r.Transport != probe.TCP, "HTTP runs over tcp here"},
		{(r.Scheme == "") != (r.Path == ""), "scheme and path belong together"},
		{r.Path != "" && r.Path[0] != '/', "its path does not start with a slash"},
		{
			r.DirectoryPath != "" && !strings.Contains(r.DirectoryPath, directoryMark),
			"its directory_path has no place for the directory",
		},
		{r.Required && !r.Probe, "required, but not probed"},
		{r.Health && r.Family == "", "a health-check role needs a family"},
	}
	for _, c := range checks {
		if c.wrong {
			p.bad(where, "%s", c.what)
		}
	}
}

// checkEndpoint checks a host; region is empty for global ones.
func (p *parser) checkEndpoint(file, region string, e endpointDoc) {
	where := file + ": endpoint " + e.Role
	p.fact(where, e.fact)
	i, ok := p.roles[e.Role]
	if !ok {
		p.bad(where, "there is no such role")
		return
	}
	role := p.globalDoc.Roles[i]
	other := e.HostRegion != ""
	checks := []struct {
		wrong bool
		what  string
	}{
		{role.Health, "the role is played by the health-check host"},
		{!validHost(strings.Replace(e.Host, directoryMark, "d-0", 1)), "its host is no DNS name"},
		{role.Probe && strings.Contains(e.Host, directoryMark), "it is probed, so its host must be known"},
		{
			e.Path != "" && (e.Path[0] != '/' || role.Scheme == ""),
			"its path does not start with a slash, or it speaks no HTTP",
		},
		{
			e.DirectoryPath != "" && !strings.Contains(e.DirectoryPath, directoryMark),
			"its directory_path has no place for the directory",
		},
		{region != "" && len(e.Partitions) > 0, "partitions are for global endpoints"},
		{other && (e.HostRegion == region || !strings.Contains(e.Host, e.HostRegion)), "host_region is not the host's"},
		{e.ByPattern && e.Uncertain == "", "its name is a guess and nothing says why"},
		{e.ByPattern != (e.Source == "pattern"), "by_pattern and the source contradict each other"},
		{other && e.Uncertain == "", "another Region's host is used and nothing says why"},
	}
	for _, c := range checks {
		if c.wrong {
			p.bad(where, "%s", c.what)
		}
	}
}

func (p *parser) checkHealth(file string, h healthDoc) {
	where := file + ": health"
	p.fact(where, h.fact)
	if !validHost(h.Host) || (h.HostV6 != "" && !validHost(h.HostV6)) {
		p.bad(where, "host %q or %q is no DNS name", h.Host, h.HostV6)
	}
	for i, a := range h.Addresses {
		if !public(a) {
			p.bad(where, "%v is no public address", a)
		}
		if slices.Contains(h.Addresses[:i], a) {
			p.bad(where, "%v stands there twice", a)
		}
	}
}

// checkRange checks the range itself. Public ones between /16 and /28 (IPv6 /32
// and /64), management ones no larger than /8: anything else is a slip.
func (p *parser) checkRange(file string, r rangeDoc, uses []Use) {
	where := file + ": range " + r.CIDR.String()
	p.fact(where, r.fact)
	if !slices.Contains(uses, r.Use) {
		p.bad(where, "use %q does not belong here", r.Use)
	}
	if !r.CIDR.IsValid() || r.CIDR.Masked() != r.CIDR {
		p.bad(where, "it is not a network: the bits behind the mask must be 0")
		return
	}
	low, high := 8, 24
	isPublic := slices.Contains(publicUses, r.Use)
	if isPublic {
		low, high = 16, 28
	}
	if r.CIDR.Addr().Is6() {
		low, high = 32, 64
	}
	if r.CIDR.Bits() < low || r.CIDR.Bits() > high {
		p.bad(where, "a length of /%d is out of the question", r.CIDR.Bits())
	}
	if isPublic && !public(r.CIDR.Addr()) {
		p.bad(where, "it is not public")
	}
}

func (p *parser) checkDomain(file string, d domainDoc) {
	where := file + ": domain " + d.Domain
	p.fact(where, d.fact)
	if !slices.Contains(domainUses, d.Use) {
		p.bad(where, "use %q does not belong here", d.Use)
	}
	if !validHost(strings.TrimPrefix(d.Domain, "*.")) {
		p.bad(where, "it is no DNS name")
	}
}

func (p *parser) checkInside(file string, a insideDoc) {
	where := file + ": address " + a.ID
	p.fact(where, a.fact)
	if a.Address.IsValid() == (a.Eth0Suffix != "") || (a.Eth0Suffix != "" && !suffixForm.MatchString(a.Eth0Suffix)) {
		p.bad(where, "it needs either an address or the last two octets")
	}
	if a.Address.IsUnspecified() || a.Address.IsMulticast() {
		p.bad(where, "%v can be nobody's", a.Address)
	}
	if !slices.Contains(transports, a.Transport) {
		p.bad(where, "its transport is neither tcp nor udp")
	}
}

func (p *parser) checkRegion(file string, d regionDoc) {
	if !regionForm.MatchString(d.ID) || d.Name == "" || len(d.Aliases) == 0 {
		p.bad(file, "a Region needs an id of the usual form, a name and an alias")
	}
	p.oneOf(file, "partition", d.Partition, partitions)
	airport := ""
	if d.Airport != nil {
		p.fact(file+": airport", d.Airport.fact)
		if airport = d.Airport.Code; !airportForm.MatchString(airport) {
			p.bad(file, "airport code %q is not three letters", airport)
		}
	}
	for _, x := range d.Prefixes {
		p.fact(file+": prefix "+x.Prefix, x.fact)
		p.oneOf(file, "confidence", x.Confidence, confidences)
		if !prefixForm.MatchString(x.Prefix) || !strings.HasSuffix(x.Prefix, airport) {
			p.bad(file, "prefix %q is not SL or WS and the airport code", x.Prefix)
		}
	}
	if d.Gap != "" {
		return
	}
	for _, role := range neededRoles {
		if !slices.ContainsFunc(d.Endpoints, func(e endpointDoc) bool { return e.Role == role }) {
			p.bad(file, "no %s, and no gap that says why", role)
		}
	}
	if d.Health == nil || airport == "" {
		p.bad(file, "no health-check host or airport code, and no gap that says why")
	}
}
