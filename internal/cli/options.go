package cli

import (
	"cmp"
	"context"
	"errors"
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
	"wsdoctor/internal/report"
	"wsdoctor/internal/spelling"
	"wsdoctor/internal/userfile"
	"wsdoctor/internal/words"
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
	account                        string         // a report of `wsdoctor account`
	beside                         *report.Report // that report, once it was read
	known                          []words.Text   // what it says of what this run cannot show
	aboutFlags
	output
}

// output says how a report is to be printed.
type output struct {
	of             printed
	format         string
	markup         styleFlag
	file           string
	metricsFile    string
	redact         bool
	redactKey      string
	quiet, verbose bool
	noColor        bool
}

// defaultTimeout is the hard limit of a run; see the contract.
const (
	defaultTimeout = 10 * time.Second
	minTimeout     = 500 * time.Millisecond
	maxTimeout     = 5 * time.Minute
)

// register adds the flags of a run at the desk.
func (f *flags) register(cmd *cobra.Command, env Env) {
	s := cmd.Flags()
	s.StringVar(&f.gateway, "gateway", "", "cli.flag.gateway")
	s.StringArrayVar(&f.allowedCIDR, "allowed-cidr", nil, "cli.flag.allowed-cidr")
	s.StringVar(&f.symptom, "symptom", "", "cli.flag.symptom")
	s.BoolVar(&f.noEgress, "no-egress", false, "cli.flag.no-egress")
	f.registerCommon(cmd, env)
}

// registerCommon adds the flags of every run.
func (f *flags) registerCommon(cmd *cobra.Command, env Env) {
	s := cmd.Flags()
	s.StringVar(&f.region, "region", "", "cli.flag.region")
	s.StringVar(&f.registration, "registration", "", "cli.flag.registration")
	s.StringVar(&f.protocol, "protocol", string(probe.BothProtocols), "cli.flag.protocol")
	s.StringVar(&f.directoryID, "directory-id", "", "cli.flag.directory-id")
	s.StringSliceVar(&f.directoryDNS, "directory-dns", nil, "cli.flag.directory-dns")
	s.StringVar(&f.domain, "domain", "", "cli.flag.domain")
	s.StringVar(&f.proxy, "proxy", "", "cli.flag.proxy")
	s.DurationVar(&f.timeout, "timeout", defaultTimeout, "cli.flag.timeout")
	s.BoolVar(&f.planOnly, "plan", false, "cli.flag.plan")
	offerPolicy(cmd)
	f.aboutFlags.register(cmd)
	f.output.register(cmd, env)
}

func (o *output) register(cmd *cobra.Command, env Env) {
	o.registerOf(cmd, env, cmp.Or(o.of, aReport))
	cmd.Flags().StringVar(&o.metricsFile, "metrics-file", "", "cli.flag.metrics-file")
}

// registerOf does it for a command that prints something else.
func (o *output) registerOf(cmd *cobra.Command, env Env, of printed) {
	o.of = of
	of.offer(cmd, env, &o.format)
	s := cmd.Flags()
	o.markup.register(cmd)
	s.StringVar(&o.file, "output-file", "", "cli.flag.output-file")
	s.BoolVar(&o.redact, "redact", false, "cli.flag.redact")
	s.StringVar(&o.redactKey, "redact-key", "", "cli.flag.redact-key")
	s.BoolVarP(&o.quiet, "quiet", "q", false, "cli.flag.quiet")
	s.BoolVarP(&o.verbose, "verbose", "v", false, "cli.flag.verbose")
	s.BoolVar(&o.noColor, "no-color", false, "cli.flag.no-color")
}

// check looks at everything that needs no network and no catalog.
func (f *flags) check() (plan.Options, error) {
	return f.through(
		f.checkProtocol,
		f.checkTimeout,
		f.checkSymptom,
		f.checkGateway,
		f.checkDirectory,
		f.checkPair,
		f.checkProxy,
		f.checkAbout,
		func(*plan.Options) error { return f.checkOutput() },
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
		f.protocol = string(probe.DCV) // the protocol's former name
	}
	if !slices.Contains(probe.ProtocolChoices, probe.Protocol(f.protocol)) {
		return badInput(
			listed([]string{"--protocol pcoip", "--protocol dcv", "--protocol both"}),
			words.Say("cli.bad.protocol", words.Args{"protocol": strconv.Quote(f.protocol)}),
		)
	}
	opt.Protocol = probe.Protocol(f.protocol)
	return nil
}

func (f *flags) checkTimeout(*plan.Options) error {
	if f.timeout < minTimeout || f.timeout > maxTimeout {
		return badInput(
			words.Raw("--timeout 10s"),
			words.Say("cli.bad.timeout", words.Args{"limit": f.timeout, "least": minTimeout, "most": maxTimeout}),
		)
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
	hint := words.Say("cli.hint.symptoms")
	if near := spelling.Nearest(f.symptom, ids); len(near) > 0 {
		hint = words.Say("cli.hint.either", words.Args{"one": flagged("--symptom ", near), "other": hint})
	}
	return badInput(hint, words.Say("cli.bad.symptom", words.Args{"symptom": strconv.Quote(f.symptom)}))
}

func (f *flags) checkGateway(opt *plan.Options) error {
	if f.gateway == "" {
		return nil
	}
	hint := listed([]string{"--gateway HOST", "--gateway HOST:4195", "--gateway [2001:db8::1]:4172"})
	host, port := f.gateway, uint16(0)
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		opt.Gateway = plan.Gateway{Host: a.String()}
		return nil
	}
	if h, p, found := cutPort(host); found {
		if !validPort(p) {
			return badInput(hint, words.Say("cli.bad.gateway-port", words.Args{"port": strconv.Quote(p)}))
		}
		n, _ := strconv.ParseUint(p, 10, 16)
		host, port = h, uint16(n)
	}
	if a, err := netip.ParseAddr(strings.Trim(host, "[]")); err == nil {
		host = a.String()
	} else if !validHost(host) {
		return badInput(hint, words.Say("cli.bad.gateway", words.Args{"gateway": strconv.Quote(f.gateway)}))
	}
	protocol, streams := probe.OfGateway(port)
	if port != 0 && !streams {
		return badInput(
			words.Say("cli.hint.gateway-port", words.Args{"host": host}),
			words.Say("cli.bad.gateway-no-streaming", words.Args{"port": int(port)}),
		)
	}
	if asked := opt.Protocol; streams && asked != protocol && asked != probe.BothProtocols && asked != "" {
		return badInput(words.Say("cli.hint.gateway-protocol", words.Args{"host": host, "protocol": protocol}),
			words.Say("cli.bad.gateway-protocol", words.Args{"port": int(port), "protocol": asked}))
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
		return badInput(
			words.Raw("--directory-id d-906734e1b2"),
			words.Say("cli.bad.directory-id", words.Args{"text": strconv.Quote(f.directoryID)}),
		)
	}
	for _, text := range f.directoryDNS {
		a, err := netip.ParseAddr(strings.TrimSpace(text))
		if err != nil || nobodyElse(a.Unmap()) {
			return badInput(
				words.Raw("--directory-dns 10.0.0.10,10.0.1.10"),
				words.Say("cli.bad.directory-dns", words.Args{"text": strconv.Quote(text)}),
			)
		}
		if a = a.Unmap(); !slices.Contains(opt.DirectoryDNS, a) {
			opt.DirectoryDNS = append(opt.DirectoryDNS, a)
		}
	}
	if f.domain != "" && (!validHost(f.domain) || isAddr(f.domain)) {
		return badInput(
			words.Raw("--domain corp.example.com"),
			words.Say("cli.bad.domain", words.Args{"text": strconv.Quote(f.domain)}),
		)
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
		return badInput(words.Say("cli.hint.add-domain"), words.Say("cli.bad.needs-domain"))
	}
	if f.domain != "" && len(opt.DirectoryDNS) == 0 {
		return badInput(words.Say("cli.hint.add-directory-dns"), words.Say("cli.bad.needs-directory-dns"))
	}
	return nil
}

// noProxy is --proxy for none, whatever this computer is set to.
const noProxy = "none"

func (f *flags) checkProxy(*plan.Options) error {
	if f.proxy == "" || f.proxy == noProxy {
		return nil
	}
	hint := listed([]string{"--proxy http://proxy.example.com:3128", "--proxy none"})
	text := f.proxy
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	if err != nil || !(validHost(u.Hostname()) || isAddr(u.Hostname())) {
		return badInput(hint, words.Say("cli.bad.proxy")) // what was typed may hold a password
	}
	if p := u.Port(); p != "" && !validPort(p) {
		return badInput(hint, words.Say("cli.bad.proxy-port"))
	}
	if u.Scheme != "http" {
		return badInput(hint, words.Say("cli.bad.proxy-kind", words.Args{"kind": strconv.Quote(u.Scheme)}))
	}
	if u.User != nil {
		return badInput(words.Say("cli.hint.proxy-login"), words.Say("cli.bad.proxy-login"))
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
	return aPlan.refuse(f.format)
}

func (o *output) check() error {
	if err := o.of.refuse(o.format); err != nil {
		return err
	}
	if err := o.markup.check(o.format); err != nil {
		return err
	}
	if o.quiet && o.verbose {
		return badInput(words.Say("cli.hint.quiet-verbose"), words.Say("cli.bad.quiet-verbose"))
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

// cidrs reads the rules given by --allowed-cidr. An address without a length
// is a rule for that one address. nil means none were given.
func (f *flags) cidrs(ctx context.Context) ([]string, error) {
	var list []string
	add := func(prefixes ...netip.Prefix) error {
		for _, p := range prefixes {
			if len(list) == maxCIDRs {
				return badInput(
					words.Say("cli.hint.many-rules"),
					words.Say("cli.bad.many-rules", words.Args{"most": maxCIDRs}),
				)
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
				return nil, badInput(words.Raw("--allowed-cidr 203.0.113.0/24"), words.Say("cli.bad.empty-rule"))
			}
			prefixes, ok := pasted.Prefixes(part)
			if !ok {
				return nil, badCIDR("--allowed-cidr", part, words.Say("cli.hint.rule"))
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
	hint := words.Say("cli.hint.rules-file")
	file, err := userfile.Open(ctx, name)
	if err != nil {
		return nil, badInput(hint, words.Say("cli.bad.rules-file", words.Args{"why": reason(err)}))
	}
	defer file.Close()
	b, err := io.ReadAll(io.LimitReader(file, cidrFileLimit+1))
	switch {
	case ctx.Err() != nil:
		return nil, exitError(layer.ExitInterrupted)
	case err != nil:
		return nil, badInput(hint, words.Say("cli.bad.rules-file", words.Args{"why": reason(err)}))
	case len(b) > cidrFileLimit:
		return nil, badInput(
			words.Say("cli.hint.rules-lines"),
			words.Say("cli.bad.rules-large", words.Args{"file": strconv.Quote(name), "most": cidrFileLimit}),
		)
	}
	rules, err := pasted.Rules(b)
	var bad *pasted.BadRule
	switch {
	case errors.As(err, &bad):
		where := words.Raw(strconv.Quote(name))
		if bad.Line > 0 {
			where = words.Say("cli.rule-at", words.Args{"line": bad.Line, "file": where})
		}
		about := words.Args{"text": pasted.Glimpse(bad.Text, longestRule), "where": where}
		if bad.Several {
			return nil, badInput(words.Say("cli.hint.rules-column"), words.Say("cli.bad.rule-several", about))
		}
		return nil, badInput(words.Say("cli.hint.rule"), words.Say("cli.bad.rule", about))
	case err != nil:
		return nil, badInput(
			words.Say("cli.hint.rules-again"),
			words.Say("cli.bad.rules-broken", words.Args{"file": strconv.Quote(name), "why": reason(err)}),
		)
	case len(rules) == 0:
		return nil, badInput(
			words.Say("cli.hint.rules-example"),
			words.Say("cli.bad.rules-none", words.Args{"file": strconv.Quote(name)}),
		)
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
