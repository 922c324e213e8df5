package plan

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// sweepTimeout bounds one sweep: a few windows of the path's patience each.
const sweepTimeout = 4 * time.Second

// swept are the endpoints whose way is swept when they are dead, by the host
// they share, and the port whose sweep is the control. Hops on the way answer
// for the control even where the host itself does not serve it.
var swept = []struct {
	control     string // endpoint ID of the control sweep over TCP; see controlFor
	controlPort uint16 // over TCP; over UDP it is the web's
	endpoints   []string
}{
	{"control", probe.HTTPSPort, []string{"pcoip-tcp", "pcoip-udp", "dcv-tcp", "dcv-udp"}},
	{
		"control-gateway",
		probe.HTTPSPort,
		[]string{"gateway-pcoip-tcp", "gateway-pcoip-udp", "gateway-dcv-tcp", "gateway-dcv-udp"},
	},
	{"control-broker", 80, []string{"broker"}},
}

// sweeps adds, for the ports that may turn out dead, a sweep by TTL and beside
// it a control sweep of the same transport towards the same address. They run
// only if they would teach something, so a healthy run sends none.
func (b *builder) sweeps() {
	var targets, controls []Step
	for _, group := range swept {
		for _, suffix := range b.families() {
			t, c := b.sweepGroup(group.control, group.controlPort, group.endpoints, suffix)
			targets, controls = append(targets, t...), append(controls, c...)
		}
	}
	b.counters(targets, controls)
}

// families are the endpoint suffixes worth sweeping: IPv6 only where the
// computer has nothing else, because clients fall back to IPv4.
func (b *builder) families() []string {
	if b.in.Facts.HasIPv6 && !b.in.Facts.HasIPv4 {
		return []string{"", "-v6"}
	}
	return []string{""}
}

func (b *builder) sweepGroup(
	control string,
	controlPort uint16,
	endpoints []string,
	suffix string,
) (targets, controls []Step) {
	for _, e := range endpoints {
		steps := b.direct(e + suffix)
		if len(steps) == 0 || b.in.Region.Guessed(steps[0].Target.Host) {
			continue // whether there is such a host is not known: its silence has no place
		}
		t := steps[0].Target
		t.Expect, t.Scheme, t.Path, t.Attempts, t.Spacing, t.Extend = "", "", "", 0, 0, 0
		step := Step{
			ID:      e + suffix + "/sweep",
			Probe:   "path",
			Target:  t,
			IfDead:  []string{t.Endpoint},
			Early:   t.Transport == probe.UDP,
			Timeout: probe.Millis(sweepTimeout),
			Why:     words.Say("plan.why.sweep"),
		}
		for _, s := range steps {
			step.After = append(step.After, s.ID)
		}
		targets = append(targets, step)
	}
	for _, s := range targets {
		b.add(s)
	}
	controls = slices.DeleteFunc([]Step{
		controlFor(targets, probe.TCP, control+suffix, controlPort, whyControl(b.in.OS)),
		controlFor(targets, probe.UDP, control+"-udp"+suffix, probe.HTTPSPort, whyUDPControl),
	}, func(c Step) bool { return len(c.IfDead) == 0 })
	b.waysBeyond(controls)
	for _, c := range controls {
		b.add(c)
	}
	return targets, controls
}

// controlFor is the sweep that those of one transport are compared with. Routers
// and filters treat datagrams and connects differently, so each transport has a
// control of its own, which runs where a port of that transport is dead.
func controlFor(targets []Step, transport probe.Transport, endpoint string, port uint16, why words.Text) Step {
	c := Step{
		ID:      endpoint + "/sweep",
		Probe:   "path",
		Early:   transport == probe.UDP,
		Timeout: probe.Millis(sweepTimeout),
		Why:     why,
	}
	for _, s := range targets {
		if s.Target.Transport != transport {
			continue
		}
		if len(c.IfDead) == 0 {
			c.Target = s.Target
			c.Target.Endpoint, c.Target.Port, c.Target.Expect = endpoint, port, string(catalog.ExpectControl)
		}
		c.After, c.IfDead = append(c.After, s.After...), append(c.IfDead, s.Target.Endpoint)
	}
	return c
}

var whyUDPControl = words.Say("plan.why.control-udp")

// whyControl says what a control sweep is for, and what Windows sends for it where
// it does not tell what routers say of a connect.
func whyControl(os string) words.Text {
	why := words.Say("plan.why.control")
	if os == noUDPSweeps {
		return why.Then(words.Say("plan.why.control-old"))
	}
	return why
}

// direct gives the steps of an endpoint that the client reaches without a proxy;
// none if there is one, because then the direct way is often shut on purpose.
func (b *builder) direct(endpoint string) []Step {
	var list []Step
	for _, s := range b.plan.Steps {
		switch {
		case s.Target.Endpoint != endpoint || s.Conditional():
		case s.Target.Proxy != "":
			return nil
		default:
			list = append(list, s)
		}
	}
	return list
}

// counters adds, for each port swept, a look at the interface's packet counter
// where this computer may be what ends the way: not even the first router sees
// the port's datagrams, or connects are answered from no farther than it. Each
// waits for every sweep, towards whatever host, and for the counters before it:
// they share one interface, whose counter knows no hosts.
func (b *builder) counters(swept, controls []Step) {
	var after []string
	for _, s := range slices.Concat(controls, swept) {
		after = append(after, s.ID)
	}
	for _, s := range swept {
		t := s.Target
		t.Attempts = countedPackets
		step := Step{
			ID:      t.Endpoint + "/counters",
			Probe:   "counters",
			Target:  t,
			After:   after,
			Timeout: probe.Millis(portTimeout),
			Why:     words.Say("plan.why.counters"),
		}
		step.IfLost = []string{t.Endpoint}
		if t.Transport == probe.TCP {
			step.IfNear = []string{t.Endpoint}
		}
		b.add(step)
		after = append(after[:len(after):len(after)], step.ID)
	}
}

// noUDPSweeps is the system that does not tell what routers say of datagrams;
// there a TCP port has to show whether packets leave.
const noUDPSweeps = "windows"

// countedPackets for the port, and as many for its control, stand out from
// what other programs usually send in the same tenth of a second.
const countedPackets = 12

// pcoipSourcePorts are the UDP ports the PCoIP client sends from (AWS port
// requirements page). Blocked, they leave the screen black.
var pcoipSourcePorts = []uint16{50002, 55002}

// sourceEndpoint asks the port of sourcesOf from the client's own ports.
const (
	sourceEndpoint = "pcoip-source"
	sourcesOf      = "pcoip-udp"
)

// sourcePorts asks UDP 4172 from the client's own ports.
func (b *builder) sourcePorts() {
	for _, s := range b.direct(sourcesOf) {
		t := s.Target
		t.Endpoint, t.Attempts = sourceEndpoint, 2 // from two ports, so four datagrams
		for _, port := range pcoipSourcePorts {
			t.LocalPort = port
			b.add(Step{
				ID: sourceEndpoint + "/stun/" + strconv.Itoa(
					int(port),
				),
				Probe:   "stun",
				Target:  t,
				After:   s.After,
				Timeout: s.Timeout,
				Why:     words.Say("plan.why.source-port"),
			})
		}
	}
}

// sizes measures which sizes of packets pass, where HTTPS or QUIC fails in a way
// that lost large packets would explain.
func (b *builder) sizes() {
	var after, dead []string
	for _, e := range []string{"broker", "session-broker", "login"} {
		for _, s := range b.direct(e) {
			after, dead = append(after, s.ID), append(dead, e)
		}
	}
	for _, e := range []string{"stun", "dcv-udp"} {
		if steps := b.direct(e); len(steps) > 0 && len(after) > 0 {
			t := steps[0].Target
			t.Attempts, t.Spacing, t.Extend = 0, 0, 0
			b.add(
				Step{
					ID:      e + "/mtu",
					Probe:   "mtu",
					Target:  t,
					After:   after,
					IfDead:  dead,
					Timeout: probe.Millis(portTimeout),
					Why:     words.Say("plan.why.mtu"),
				},
			)
		}
	}
}

// waysBeyond lets the control of connects run also where not even the server that
// is known to answer datagrams does: then no datagram shows what routers there are
// behind the last that one reaches.
func (b *builder) waysBeyond(controls []Step) {
	steps := b.direct("stun")
	for i := range controls {
		if c := &controls[i]; c.Target.Transport == probe.TCP && strings.HasPrefix(c.ID, "control/") {
			for _, s := range steps {
				c.After, c.IfDead = append(c.After, s.ID), appendOnce(c.IfDead, s.Target.Endpoint)
			}
		}
	}
}

func appendOnce(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}
