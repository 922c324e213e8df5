package plan

import (
	"wsdoctor/internal/catalog"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// quicControl asks for QUIC on UDP 443, where DCV's own port gave no answer: a
// network that lets QUIC out on the web's port and not on 4195 blocks the port,
// one that lets it out on neither perhaps QUIC, or UDP. The host is one of the
// client's own, of AWS's web front ends; whether it speaks QUIC is its affair, so
// its silence says nothing.
func (b *builder) quicControl() {
	web, dcv := b.direct("directory-settings"), b.direct("dcv-udp")
	if len(web) == 0 || len(dcv) == 0 {
		return
	}
	t := web[0].Target
	t.Endpoint, t.Transport, t.Expect, t.Spacing = quicControl, probe.UDP, string(
		catalog.ExpectQUIC,
	), dcv[0].Target.Spacing
	t.Scheme, t.Path, t.Hello, t.Attempts = "", "", "", 1 // only an answer counts
	s := Step{
		ID:      quicControl + "/quic",
		Probe:   "quic",
		Target:  t,
		IfDead:  []string{"dcv-udp"},
		Timeout: probe.Millis(portTimeout),
		Why:     words.Say("plan.why.quic-control"),
	}
	for _, step := range dcv {
		s.After = append(s.After, step.ID)
	}
	b.add(s)
}

// quicControl is the endpoint of that question.
const quicControl = "quic-control"
