package plan

import (
	"time"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// PathOptions say which way to sweep.
type PathOptions struct {
	Host    string
	Port    uint16
	Control uint16
	IPv6    bool
	OS      string // as in runtime.GOOS
	Timeout time.Duration
}

// Path plans the sweeps of one port over TCP and UDP and of a control for each,
// all at the same time, after the name if there is one.
func Path(o PathOptions) Plan {
	b := builder{planned: map[string]bool{}, plan: Plan{Steps: []Step{}, Notes: []words.Text{}}}
	b.plan.Timeout = probe.Millis(o.Timeout)
	family := "ip4"
	if o.IPv6 {
		family = "ip6"
	}
	after := b.resolve(o.Host, family, "", false)
	for _, s := range []struct {
		endpoint  string
		transport probe.Transport
		port      uint16
		expect    catalog.Expect
		why       words.Text
	}{
		{"target-tcp", probe.TCP, o.Port, catalog.ExpectNothing, words.Say("plan.why.sweep")},
		{"target-udp", probe.UDP, o.Port, catalog.ExpectNothing, words.Say("plan.why.sweep")},
		{"control", probe.TCP, o.Control, catalog.ExpectControl, whyControl(o.OS)},
		{"control-udp", probe.UDP, o.Control, catalog.ExpectControl, whyUDPControl},
	} {
		b.add(Step{
			ID:      s.endpoint + "/sweep",
			Probe:   "path",
			After:   after,
			Timeout: probe.Millis(sweepTimeout),
			Why:     s.why,
			Target: probe.Target{
				Endpoint:  s.endpoint,
				Host:      o.Host,
				Port:      s.port,
				Transport: s.transport,
				Expect:    string(s.expect),
			},
		})
	}
	return b.plan
}
