// Package plan decides what a run will send, and why, before anything is sent.
//
// Make is a pure function of the catalog's Region, the facts of this computer
// and the user's options. Its result is a value that `--plan` prints and
// internal/run executes; retries and controls are part of it. A step says what
// is probed and what must be known first; how a probe works is the business of
// the probers, and what an answer means that of internal/diagnose.
package plan

import (
	"net/netip"
	"slices"
	"time"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// Step is one thing to do. ID is "<endpoint>/<probe>" with an optional variant
// ("broker/https/proxy") and is unique within a plan.
type Step struct {
	ID     string       `json:"id"`
	Probe  string       `json:"probe"`  // a key of the prober table in internal/run
	Target probe.Target `json:"target"` // Addresses holds published addresses, used when the name gives none
	After  []string     `json:"after"`  // steps that must be over first
	// IfDead makes the step conditional: it runs only if one of these endpoints
	// gave no good answer, because otherwise it would teach nothing (see
	// internal/run). After then holds those endpoints' steps.
	IfDead []string `json:"if_dead,omitempty"`
	// Early lets a step with IfDead begin before those steps are over, as soon as
	// their answers are overdue. Only what answers at all is done at once, so that
	// whoever still waits then will most likely say that nothing came.
	Early bool `json:"early,omitempty"`
	// IfLost makes it conditional on sweeps: it runs only if not one router saw
	// the packets that a sweep of one of these endpoints sent.
	IfLost []string `json:"if_lost,omitempty"`
	// IfNear likewise: only if the answer to a sweep of one of these endpoints
	// came from no farther than the first router.
	IfNear []string `json:"if_near,omitempty"`
	// IfFlaky makes it conditional on a port: it runs only if of what these
	// endpoints ask it something was lost and something was answered.
	IfFlaky []string `json:"if_flaky,omitempty"`
	// InSite are the steps that may tell in which site of its directory this
	// computer is. The step's host holds Site in its place, and the step runs only
	// if the service has more hosts in all sites than are asked (see InAnySite).
	InSite []string `json:"in_site,omitempty"`
	// Better are such steps: where a service has more hosts than are asked, those of
	// this computer's site are.
	Better  []string     `json:"better,omitempty"`
	Timeout probe.Millis `json:"timeout_ms"` // own limit, within the run's
	Why     words.Text   `json:"-"`          // see Told
}

// Conditional steps wait for what became of others.
func (s Step) Conditional() bool { return len(s.IfDead)+len(s.IfLost)+len(s.IfNear)+len(s.IfFlaky) > 0 }

// Plan is everything a run will do.
type Plan struct {
	Region  string       `json:"region"`
	Timeout probe.Millis `json:"timeout_ms"` // hard limit for the whole run
	Steps   []Step       `json:"steps"`
	Notes   []words.Text `json:"-"` // what is left out, and why
	// Unasked are names that some ways to sign in need and no run asks: for whoever
	// writes a firewall's list.
	Unasked []words.Text `json:"-"`
	Read    words.Text   `json:"-"` // what is read of this computer besides
}

// Gateway is a streaming gateway the user named.
type Gateway struct {
	Host string
	Port uint16 // 0: the protocols' own ports
}

// Options are the user's wishes.
type Options struct {
	Protocol     probe.Protocol
	Gateway      Gateway
	DirectoryID  string
	DirectoryDNS []netip.Addr
	Domain       string
	NoEgress     bool // do not ask for the public address
	Timeout      time.Duration
}

// Input is what Make depends on, and all of it.
type Input struct {
	Region  catalog.Region
	OS      string // as in runtime.GOOS
	Facts   probe.HostFacts
	Options Options
	// ProxyFor says which proxy URL, if any, a request goes through
	// (probe/host.ProxyFor); nil means no proxy.
	ProxyFor func(p probe.ProxyDetail, scheme, host string, port uint16) string
}

// Limits of a step. The run's own deadline is above all of them.
const (
	// webTimeout: name, TCP, TLS and HTTP on a path of a second's round trip.
	webTimeout = 6 * time.Second
	// portTimeout: spaced probes and the longest wait for silence.
	portTimeout = 4 * time.Second
	// nameTimeout: a resolver that recurses may retry for seconds. One that takes
	// three answers slowly, and does answer; what takes longer than this is as good
	// as none to whoever waits for it.
	nameTimeout = 5 * time.Second
	// spareNameTimeout is for names whose addresses are published, and for those of
	// internet access inside a WorkSpace: nobody waits for them, so that they only have to
	// show whether a resolver is slow or dead.
	spareNameTimeout = 3250 * time.Millisecond
	// MaxAddresses of one name that are probed: enough to see one dead address
	// among living ones, few enough not to be a nuisance to the servers.
	MaxAddresses = 3
	// maxResolvers is how many of the configured resolvers are asked directly:
	// the resolver library of every system uses three at most (resolv.conf(5)).
	maxResolvers = 3
	// attemptSpacing is how far apart fresh probes of a port are sent: on most
	// paths longer than a round trip, so that the first answer saves the rest,
	// and short enough that three of them make a silence in a third of a second.
	attemptSpacing = 110 * time.Millisecond
	// egressFlows is how often the public address is asked for over each
	// transport: a pool that rotates shows only across several flows.
	egressFlows = 2
	// lossSamples and lossSpacing shape the loss and jitter sample that the
	// first flow of the STUN control takes.
	lossSamples = 12
	lossSpacing = 8 * time.Millisecond
	// moreLossSamples follow only where the first sample lost some: enough to
	// tell 8 % from 25 % with few errors either way.
	moreLossSamples = 60
)

// Make lays out a desk run.
func Make(in Input) Plan {
	b := builder{in: in, planned: map[string]bool{}}
	b.plan = Plan{
		Region:  in.Region.ID,
		Timeout: probe.Millis(in.Options.Timeout),
		Steps:   []Step{},
		Notes:   []words.Text{},
		Read:    words.Say("plan.read"),
	}
	for _, e := range in.Region.Endpoints {
		e = e.ForDirectory(in.Options.DirectoryID)
		if b.wanted(e) {
			b.endpoint(e)
		}
	}
	b.gateway()
	b.directory()
	b.sourcePorts()
	b.quicControl()
	b.sweeps()
	b.samples()
	b.sizes()
	b.note(RegionGap(in.Region))
	if relay, known := in.Region.Endpoint("saml-relay"); known {
		b.plan.Unasked = append(b.plan.Unasked, words.Say("plan.unasked", words.Args{"host": relay.Host}))
	}
	if in.Options.NoEgress {
		b.note(words.Say("plan.note.no-egress"))
	}
	return b.plan
}

// note says something of what is left out; nothing of nothing.
func (b *builder) note(text words.Text) {
	if !text.Empty() {
		b.plan.Notes = append(b.plan.Notes, text)
	}
}

type builder struct {
	in      Input
	plan    Plan
	planned map[string]bool // IDs of the steps so far
	spare   bool            // nobody waits for a name longer than it takes to call a resolver dead
}

func (b *builder) wanted(e catalog.Endpoint) bool {
	o := b.in.Options
	switch {
	case !e.Probe:
		return false
	case traits[e.ID].egress && o.NoEgress:
		return false
	case e.Family == "ip6" && !b.in.Facts.HasIPv6:
		return false
	}
	return b.protocol(e.Protocols)
}

// protocol says whether one of these protocols was asked for; none means all.
func (b *builder) protocol(list []probe.Protocol) bool {
	if len(list) == 0 || b.in.Options.Protocol == probe.BothProtocols {
		return true
	}
	for _, p := range list {
		if p == b.in.Options.Protocol {
			return true
		}
	}
	return false
}

// add plans a step once: the same ID is the same question, such as a name that
// several endpoints share, or a resolver that is configured twice.
func (b *builder) add(s Step) {
	if b.planned[s.ID] {
		return
	}
	b.planned[s.ID] = true
	if s.After == nil {
		s.After = []string{}
	}
	b.plan.Steps = append(b.plan.Steps, s)
}

// resolve plans the questions for a host and returns what the host's other steps
// wait for. The system resolver is asked, because that is what applications
// use, and beside it each configured resolver directly: to tell which one is
// wrong, and so that one dead resolver does not hold up the rest of the run.
// The first that answers releases the steps that wait (see internal/run).
// With published addresses to fall back on the questions get less time.
func (b *builder) resolve(host, family, expect string, published bool) (after []string) {
	if _, err := netip.ParseAddr(host); err == nil {
		return nil
	}
	kind := "A"
	if family == "ip6" || (b.in.Facts.HasIPv6 && !b.in.Facts.HasIPv4) { // DNS64 makes addresses for IPv4 names there
		kind = "AAAA"
	}
	t := probe.Target{Endpoint: "name", Host: host, Types: []string{kind}, Expect: expect, Resolver: "system"}
	timeout := nameTimeout
	if published || b.spare {
		timeout = spareNameTimeout
	}
	ask := func(why words.Text) {
		id := "dns/" + t.Resolver + "/" + host + "/" + kind
		if slices.Contains(after, id) {
			return // this resolver is configured twice
		}
		after = append(after, id)
		b.add(Step{ID: id, Probe: "dns", Target: t, Timeout: probe.Millis(timeout), Why: why})
	}
	ask(words.Say("plan.why.name"))
	for i, server := range b.in.Facts.Resolvers.Servers {
		if i == maxResolvers {
			break
		}
		t.Resolver = server.String()
		ask(words.Say("plan.why.name-again"))
	}
	return after
}

// gateway adds the streaming gateway the user named.
func (b *builder) gateway() {
	g := b.in.Options.Gateway
	if g.Host == "" {
		return
	}
	for _, p := range probe.GatewayPorts {
		if !b.protocol([]probe.Protocol{p.Protocol}) || (g.Port != 0 && g.Port != p.Port) {
			continue
		}
		b.endpoint(catalog.Endpoint{
			ID: gatewayPrefix + p.Endpoint, Transport: p.Transport,
			Host: g.Host, Port: p.Port, Expect: streamingAnswers[p.Endpoint],
		})
	}
}

// streamingAnswers is what a right answer of each port looks like.
var streamingAnswers = map[string]catalog.Expect{
	"pcoip-tcp": catalog.ExpectTLS,
	"pcoip-udp": catalog.ExpectSTUN,
	"dcv-tcp":   catalog.ExpectTLS,
	"dcv-udp":   catalog.ExpectQUIC,
}

// directory asks the directory's DNS addresses for the domain and its service
// records. From a desk they are usually out of reach, which is normal.
func (b *builder) directory() {
	o := b.in.Options
	if o.Domain == "" {
		return
	}
	for _, server := range o.DirectoryDNS {
		resolver := netip.AddrPortFrom(server, 53).String()
		for _, q := range []struct{ name, kind string }{
			{o.Domain, "A"}, {"_ldap._tcp." + o.Domain, "SRV"}, {"_kerberos._tcp." + o.Domain, "SRV"},
		} {
			b.add(Step{
				ID:      "directory-dns/" + resolver + "/" + q.name,
				Probe:   "dns",
				Timeout: probe.Millis(nameTimeout),
				Target: probe.Target{
					Endpoint: "directory-dns",
					Host:     q.name,
					Types:    []string{q.kind},
					Resolver: resolver,
				},
				Why: words.Say("plan.why.directory-dns"),
			})
		}
	}
}
