package report

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"sync"

	"wsdoctor/probe"
)

// RedactionGap is the line that a redacted report carries among its gaps.
const RedactionGap = "Names and addresses of this computer, its user and its network were replaced on request. Where an address must stand, " +
	"private-N is written 192.0.2.N or 2001:db8:1::N, egress-N 198.51.100.N or 2001:db8:2::N, and public-N 203.0.113.N or 2001:db8:3::N. " +
	"Rules that depend on these addresses cannot be run on this report again."

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
// ranges and loopback addresses stay. It learns
// secrets from the typed fields of what it is given, so a report is learnt as a
// whole before it is rewritten; a stream of lines is rewritten by what came
// before. Safe for several goroutines.
type Redactor struct {
	mu        sync.Mutex
	addresses addressBook
	names     nameBook
}

// NewRedactor knows the names of the machine the report is about.
func NewRedactor(n Names) *Redactor {
	x := &Redactor{addresses: newAddressBook(), names: newNameBook()}
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
	x.target(r.Target)
	for _, o := range r.Observations {
		x.observation(o)
	}
	r = rewrite(x.visitor(), r)
	if !slices.Contains(r.Gaps, RedactionGap) {
		r.Gaps = append(r.Gaps, RedactionGap)
	}
	return r
}

// Line redacts one line of an NDJSON stream.
func (x *Redactor) Line(l Line) Line {
	x.mu.Lock()
	defer x.mu.Unlock()
	if l.Target != nil {
		x.target(*l.Target)
	}
	if l.Observation != nil {
		x.observation(*l.Observation)
	}
	if l.Report != nil {
		r := x.report(*l.Report)
		l.Report = nil
		l = rewrite(x.visitor(), l)
		l.Report = &r
		return l
	}
	return rewrite(x.visitor(), scrubbed(l))
}

func (x *Redactor) visitor() visitor { return visitor{text: x.text, addr: x.addr, keep: published} }

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

// machineFields hold words of our own that other programs read: never secret,
// and a user called "broker" must not change them.
var machineFields = map[string]bool{
	"Report.Schema": true, "Report.Lang": true, "Line.Schema": true, "Tool.Version": true, "Tool.Commit": true, "Tool.Go": true,
	"Run.ID": true, "Run.Vantage": true, "Run.OS": true, "Run.Arch": true, "Run.Demo": true,
	"Target.Region": true, "Target.Protocol": true, "Target.Symptom": true,
	"Verdict.Code": true, "Finding.Code": true, "Finding.SuppressedBy": true, "Finding.Supports": true, "Finding.Contradicts": true,
	"Finding.Blocks": true, "Finding.Degrades": true, "Where.Ports": true,
	"Observation.ID": true, "Observation.Endpoint": true,
	"RouteDetail.Family": true, "Interface.Name": true, "RouteDetail.Interface": true, "RouteDetail.Endpoint": true,
	"VPNInterface.Name": true, "NeighbourDetail.Interface": true, "NeighbourDetail.State": true,
	"DNSDetail.Type": true, "DNSDetail.RCode": true, "ConnectDetail.Spoke": true, "ProxyConnectDetail.Reached": true,
	"Certificate.SHA256": true, "Certificate.SPKI": true, "Certificate.NotBefore": true, "Certificate.NotAfter": true,
	"Named.Name": true, "Named.Meaning": true, "Named.By": true, "factSheet.Schema": true,
	"HTTPDetail.Date": true, "TLSDetail.Version": true, "TLSDetail.ALPN": true, "ExchangeDetail.Versions": true,
	"RouteEntry.Interface": true, "RouteEntry.Table": true, "RouteEntry.Type": true,
	"ManagedInterface.Name": true, "Overlap.Interface": true, "Overlap.Kind": true, "Overlap.Through": true, "Answer.Through": true,
	"ServicesDetail.Manager": true, "Service.Role": true, "Service.Name": true, "Service.State": true, "Service.Enabled": true,
	"Product.Name": true, "Product.Version": true, "Product.Kinds": true, "SoftwareDetail.Looked": true, "SoftwareSign.In": true, "SoftwareSign.Name": true,
	"WirelessLink.Interface": true, "WirelessLink.Band": true, "NetworkStateDetail.Categories": true, "NetworkStateDetail.IPv4": true, "NetworkStateDetail.IPv6": true, "NamePolicyDetail.Source": true,
	"Listener.Process": true, "FirewallDetail.Engine": true, "FirewallDetail.Interface": true, "FirewallDetail.Manager": true, "FirewallDetail.Until": true, "LDAPDetail.Time": true,
}

// published hold networks that AWS publishes and that tell nothing of the user.
var published = map[string]bool{"ManagementDetail.Ranges": true, "ManagedInterface.Range": true}

// identifiers are redacted wherever they stand, by their form.
var identifiers = []secret{
	{"directory ID", "-", regexp.MustCompile(`(?i)\bd-[0-9a-f]{10}\b`), "d-**********"},
	{"WorkSpace ID", "-", regexp.MustCompile(`(?i)\bws-[0-9a-z]{9}\b`), "ws-*********"},
	{"hardware address", ":-", regexp.MustCompile(`(?i)\b[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}\b`), "**:**:**:**:**:**"},
	{"user in a path", "/\\", regexp.MustCompile(`(?i)([/\\](?:home|users)[/\\])(?:[^/\\"':;<>|]+([/\\])|[^\s/\\"':;<>|]+)`), "${1}user${2}"},
	{"AWS access portal", ".", regexp.MustCompile(`(?i)\b[a-z0-9][a-z0-9-]*\.awsapps\.com\b`), "portal.awsapps.com"},
}

func (x *Redactor) text(where, s string) string {
	if machineFields[where] || strings.HasSuffix(where, keyOf) || s == RedactionGap {
		return s
	}
	if where == "Target.DirectoryID" && s != "" {
		return "d-**********"
	}
	return x.names.replace(x.names.distinguished(x.addresses.replace(replaceAll(identifiers, s))))
}

func (x *Redactor) addr(a netip.Addr) netip.Addr { return x.addresses.stand(a) }

// target learns from what the run was pointed at.
func (x *Redactor) target(t Target) {
	x.names.directory(t.Domain)
	if !strings.Contains(t.Registration, "+") {
		x.names.add(kindHost, t.Registration)
	}
	host, _, _ := probe.ParseTarget(t.Gateway)
	if a, err := netip.ParseAddr(host); err == nil {
		x.addresses.aws(a)
	} else {
		x.names.add(kindGateway, host)
	}
}
