package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/pasted"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/spelling"
	"wsdoctor/internal/userfile"
	"wsdoctor/probe"
)

// flags are the common flags as typed.
type flags struct {
	region, registration, protocol string
	directoryID, domain            string
	directoryDNS                   []string
	gateway                        string
	allowedCIDR                    []string
	symptom                        string
	proxy                          string
	timeout                        time.Duration
	noEgress, planOnly             bool
	output
}

// output says how a report is to be printed.
type output struct {
	format         string
	file           string
	redact         bool
	quiet, verbose bool
	noColor        bool
}

var (
	protocols = []string{"both", "dcv", "pcoip"}
)

// defaultTimeout is the hard limit of a run; see the contract.
const (
	defaultTimeout = 10 * time.Second
	minTimeout     = 500 * time.Millisecond
	maxTimeout     = 5 * time.Minute
)

// register adds the flags of a run at the desk.
func (f *flags) register(cmd *cobra.Command) {
	s := cmd.Flags()
	s.StringVar(&f.gateway, "gateway", "", "a streaming gateway to probe too, HOST[:PORT]")
	s.StringArrayVar(&f.allowedCIDR, "allowed-cidr", nil, "a rule of the IP access control group, or @FILE with one per line; repeatable")
	s.StringVar(&f.symptom, "symptom", "", "what the client shows; `wsdoctor symptoms` lists the IDs")
	s.BoolVar(&f.noEgress, "no-egress", false, "do not ask for this network's public address")
	f.registerCommon(cmd)
}

// registerCommon adds the flags of every run.
func (f *flags) registerCommon(cmd *cobra.Command) {
	s := cmd.Flags()
	s.StringVar(&f.region, "region", "", "Region of the WorkSpace, such as ap-northeast-1 or tokyo")
	s.StringVar(&f.registration, "registration", "", "registration code from the invitation, such as SLiad+ABC123")
	s.StringVar(&f.protocol, "protocol", "both", "streaming protocol: pcoip, dcv or both")
	s.StringVar(&f.directoryID, "directory-id", "", "directory of the WorkSpace, such as d-906734e1b2")
	s.StringSliceVar(&f.directoryDNS, "directory-dns", nil, "addresses of the directory's name servers, comma-separated")
	s.StringVar(&f.domain, "domain", "", "the directory's domain, such as corp.example.com")
	s.StringVar(&f.proxy, "proxy", "", "web proxy to use instead of the configured one: URL or none")
	s.DurationVar(&f.timeout, "timeout", defaultTimeout, "hard limit for the whole run")
	s.BoolVar(&f.planOnly, "plan", false, "print what would be sent, send nothing")
	f.output.register(cmd)
}

func (o *output) register(cmd *cobra.Command) {
	s := cmd.Flags()
	s.StringVarP(&o.format, "output", "o", "text", listed(reportFormats))
	s.StringVar(&o.file, "output-file", "", "write the report to this file instead of standard output")
	s.BoolVar(&o.redact, "redact", false, "replace addresses and names of this computer and network")
	s.BoolVarP(&o.quiet, "quiet", "q", false, "print the verdict only")
	s.BoolVarP(&o.verbose, "verbose", "v", false, "print the evidence too")
	s.BoolVar(&o.noColor, "no-color", false, "no colours, as with NO_COLOR")
}

// check looks at everything that needs no network and no catalog.
func (f *flags) check() (plan.Options, error) {
	return f.through(
		f.checkProtocol, f.checkTimeout, f.checkSymptom, f.checkGateway, f.checkDirectory, f.checkPair, f.checkProxy, func(*plan.Options) error { return f.checkOutput() },
	)
}

func (f *flags) through(steps ...func(*plan.Options) error) (plan.Options, error) {
	opt := plan.Options{DirectoryID: f.directoryID, Domain: f.domain, NoEgress: f.noEgress, Timeout: f.timeout}
	for _, step := range steps {
		if err := step(&opt); err != nil {
			return opt, err
		}
	}
	return opt, nil
}

func (f *flags) checkProtocol(opt *plan.Options) error {
	f.protocol = strings.ToLower(f.protocol)
	if f.protocol == "wsp" {
		f.protocol = "dcv" // the protocol's former name
	}
	if !slices.Contains(protocols, f.protocol) {
		return badInput("--protocol pcoip, --protocol dcv or --protocol both", "unknown protocol %q", f.protocol)
	}
	opt.Protocol = f.protocol
	return nil
}

func (f *flags) checkTimeout(*plan.Options) error {
	if f.timeout < minTimeout || f.timeout > maxTimeout {
		return badInput("--timeout 10s", "the time limit %s is not between %s and %s", f.timeout, minTimeout, maxTimeout)
	}
	return nil
}

func (f *flags) checkSymptom(*plan.Options) error {
	if f.symptom == "" {
		return nil
	}
	var ids []string
	for _, s := range diagnose.Symptoms() {
		ids = append(ids, s.ID)
	}
	if slices.Contains(ids, f.symptom) {
		return nil
	}
	hint := "wsdoctor symptoms lists what the client can show"
	if near := spelling.Nearest(f.symptom, ids); len(near) > 0 {
		hint = "--symptom " + strings.Join(near, " or --symptom ") + "\n" + hint
	}
	return badInput(hint, "unknown symptom %q", f.symptom)
}

func (f *flags) checkGateway(opt *plan.Options) error {
	if f.gateway == "" {
		return nil
	}
	const hint = "--gateway HOST, --gateway HOST:4195 or --gateway [2001:db8::1]:4172"
	host, port := f.gateway, uint16(0)
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		opt.Gateway = plan.Gateway{Host: a.String()}
		return nil
	}
	if h, p, found := cutPort(host); found {
		if !validPort(p) {
			return badInput(hint, "the gateway's port %q is not a number from 1 to 65535", p)
		}
		n, _ := strconv.ParseUint(p, 10, 16)
		host, port = h, uint16(n)
	}
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		host = a.String()
	} else if !validHost(host) {
		return badInput(hint, "the gateway %q is neither a host name nor an address", f.gateway)
	}
	if port != 0 && !slices.Contains([]uint16{4172, 4195}, port) {
		return badInput("--gateway "+host+":4172 for PCoIP, --gateway "+host+":4195 for DCV", "the gateway's port %d is not a streaming port", port)
	}
	if of, other := "dcv", "pcoip"; port != 0 {
		if port == 4172 {
			of, other = other, of
		}
		if opt.Protocol == other {
			return badInput("--gateway "+host+", or --protocol "+of, "the gateway's port %d is not for --protocol %s", port, other)
		}
	}
	opt.Gateway = plan.Gateway{Host: host, Port: port}
	return nil
}

// cutPort splits at the last colon of "host:port" or "[v6]:port".
func cutPort(s string) (host, port string, found bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 || strings.HasSuffix(s, "]") {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

func validPort(p string) bool {
	n, err := strconv.ParseUint(p, 10, 16)
	return err == nil && n > 0
}

// validHost: labels of letters, digits, hyphens and underscores, at most 253
// bytes (RFC 1035 section 2.3.4).
func validHost(host string) bool {
	host = strings.TrimSuffix(host, ".")
	if host == "" || len(host) > 253 {
		return false
	}
	for _, label := range strings.Split(host, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(label) {
			if !(c == '-' || c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') {
				return false
			}
		}
	}
	return true
}

func (f *flags) checkDirectory(opt *plan.Options) error {
	if f.directoryID != "" && !catalog.ValidDirectoryID(f.directoryID) {
		return badInput("--directory-id d-906734e1b2", "%q is not a directory ID", f.directoryID)
	}
	for _, text := range f.directoryDNS {
		a, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil || nobodyElse(a.Unmap()) {
			return badInput("--directory-dns 10.0.0.10,10.0.1.10", "%q is not an address of a name server", text)
		}
		if a = a.Unmap(); !slices.Contains(opt.DirectoryDNS, a) {
			opt.DirectoryDNS = append(opt.DirectoryDNS, a)
		}
	}
	if f.domain != "" && (!validHost(f.domain) || isAddr(f.domain)) {
		return badInput("--domain corp.example.com", "%q is not a domain name", f.domain)
	}
	return nil
}

// nobodyElse: an address of this computer itself, or of no computer. A cache that
// listens at one (systemd's at 127.0.0.53, say) is no name server of a directory.
func nobodyElse(a netip.Addr) bool {
	return a.IsLoopback() || a.IsUnspecified() || a.IsMulticast() || a == netip.AddrFrom4([4]byte{255, 255, 255, 255})
}

// checkPair: at the desk nothing tells the domain or its name servers, so one is
// of no use without the other.
func (f *flags) checkPair(opt *plan.Options) error {
	if len(opt.DirectoryDNS) > 0 && f.domain == "" {
		return badInput("add --domain corp.example.com, the directory's domain", "--directory-dns needs the domain to ask for")
	}
	if f.domain != "" && len(opt.DirectoryDNS) == 0 {
		return badInput("add --directory-dns 10.0.0.10,10.0.1.10, the directory's name servers", "--domain needs the name servers to ask")
	}
	return nil
}

func (f *flags) checkProxy(*plan.Options) error {
	if f.proxy == "" || f.proxy == "none" {
		return nil
	}
	const hint = "--proxy http://proxy.example.com:3128 or --proxy none"
	text := f.proxy
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || !(validHost(u.Hostname()) || isAddr(u.Hostname())) {
		return badInput(hint, "the proxy is not a URL with a host") // what was typed may hold a password
	}
	if p := u.Port(); p != "" && !validPort(p) {
		return badInput(hint, "the proxy's port is not a number from 1 to 65535")
	}
	if u.Scheme != "http" {
		return badInput(hint, "a proxy of the kind %q is not supported", u.Scheme)
	}
	if u.User != nil {
		return badInput("leave the user name and password out: the WorkSpaces client does not support proxy authentication", "the proxy holds a login")
	}
	f.proxy = text
	return nil
}

func isAddr(s string) bool { _, err := netip.ParseAddr(s); return err == nil }

// checkOutput: a plan is no report.
func (f *flags) checkOutput() error {
	if err := f.output.check(); err != nil || !f.planOnly {
		return err
	}
	return oneOf(f.format, planFormats)
}

func (o *output) check() error {
	if err := oneOf(o.format, reportFormats); err != nil {
		return err
	}
	if o.quiet && o.verbose {
		return badInput("leave one of -q and -v out", "-q and -v contradict each other")
	}
	return nil
}

// Bounds of a file with rules. A group holds at most 30 rules, a directory at
// most 35 groups (AWS admin guide, IP access control groups).
const (
	cidrFileLimit = 1 << 20 // bytes
	maxCIDRs      = 30 * 35
	longestRule   = 60 // runes shown of one: an IPv6 address has at most 45, a length 4
)

// hintRules is how a rule is written.
const hintRules = "--allowed-cidr 203.0.113.0/24, or an address such as 203.0.113.7"

// cidrs reads the rules given by --allowed-cidr. An address without a length
// is a rule for that one address. nil means none were given.
func (f *flags) cidrs(ctx context.Context) ([]string, error) {
	var list []string
	add := func(prefixes ...netip.Prefix) error {
		for _, p := range prefixes {
			if len(list) == maxCIDRs {
				return badInput("a directory's groups hold at most that many rules", "more than %d rules were given", maxCIDRs)
			}
			list = append(list, p.String())
		}
		return nil
	}
	for _, value := range f.allowedCIDR {
		if name, isFile := strings.CutPrefix(value, "@"); isFile {
			rules, err := readRules(ctx, name)
			if err != nil {
				return nil, err
			}
			for _, r := range rules {
				if err := add(r.Prefix); err != nil {
					return nil, err
				}
			}
			continue
		}
		for _, part := range strings.Split(value, ",") {
			part, _, _ = strings.Cut(part, "#")
			if strings.TrimSpace(part) == "" {
				return nil, badInput("--allowed-cidr 203.0.113.0/24", "an empty rule was given")
			}
			prefixes, ok := pasted.Prefixes(part)
			if !ok {
				return nil, badInput(hintRules, "\"%s\" is not a CIDR", pasted.Visible(part, longestRule))
			}
			if err := add(prefixes...); err != nil {
				return nil, err
			}
		}
	}
	return list, nil
}

// readRules reads a file of rules: a list, a spreadsheet saved as text, or what
// "aws workspaces describe-ip-groups" printed.
func readRules(ctx context.Context, name string) ([]pasted.Rule, error) {
	const hint = "--allowed-cidr @FILE, with a readable file of one CIDR per line"
	file, err := userfile.Open(ctx, name)
	if err != nil {
		return nil, badInput(hint, "the file of rules cannot be read: %v", err)
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, cidrFileLimit+1))
	switch {
	case ctx.Err() != nil:
		return nil, exitError(layer.ExitInterrupted)
	case err != nil:
		return nil, badInput(hint, "the file of rules cannot be read: %v", err)
	case len(b) > cidrFileLimit:
		return nil, badInput("write one CIDR per line", "the file of rules %q is larger than %d bytes", name, cidrFileLimit)
	}
	rules, err := pasted.Rules(b)
	var bad *pasted.BadRule
	switch {
	case errors.As(err, &bad):
		where := fmt.Sprintf("%q", name)
		if bad.Line > 0 {
			where = fmt.Sprintf("line %d of %q", bad.Line, name)
		}
		text := pasted.Glimpse(bad.Text, longestRule)
		if bad.Several {
			return nil, badInput("name the column in the first line, such as CIDR, or leave only that column", "\"%s\" (%s) holds several addresses, and nothing says which is the rule", text, where)
		}
		return nil, badInput(hintRules, "\"%s\" (%s) is not a CIDR", text, where)
	case err != nil:
		return nil, badInput("save the whole output once more, such as: aws workspaces describe-ip-groups > rules.json", "the file of rules %q cannot be read: %v", name, err)
	case len(rules) == 0:
		return nil, badInput("write one CIDR per line, such as 203.0.113.0/24", "the file %q holds no rule", name)
	}
	return rules, nil
}

// routeEndpoints are the roles whose route out of this computer is looked at
// before anything is sent.
var routeEndpoints = []string{"broker", "pcoip-tcp", "pcoip-udp", "dcv-tcp", "dcv-udp"}

// anyAddress stands for "somewhere on the internet" where the Region publishes
// no address: the routing table is asked, nothing is sent to it. It is the
// first address of a block that AWS publishes for WorkSpaces (DCV, us-east-1).
var anyAddress = netip.MustParseAddr("3.227.4.1")

// transportOf keeps the port queries readable.
func transportOf(e catalog.Endpoint) probe.Transport {
	if e.Transport == "" {
		return probe.TCP
	}
	return e.Transport
}
