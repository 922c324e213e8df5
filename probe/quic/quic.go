// Package quic asks a port whether a QUIC server is behind it, without a
// session: a first packet of a version that nobody speaks, to which a server
// answers with the list of those it does (probe/quic/negotiate).
//
// A Version Negotiation packet with our connection IDs, swapped, proves that
// UDP passes both ways and that a QUIC server answers. Silence proves nothing:
// a server may ignore unknown versions. An echo of our packet, IDs of somebody
// else, or a damaged list are garbage.
package quic

import (
	"context"

	"wsdoctor/probe"
	"wsdoctor/probe/quic/negotiate"
	"wsdoctor/probe/udp"
)

// Prober sends Version Negotiation triggers to every address of the target: 3
// of them 50 ms apart, until one is answered. Target.Attempts and Target.Spacing
// override; more than 3 attempts are all sent, as a sample of loss and jitter.
type Prober struct{}

var _ probe.Prober = Prober{}

// Probe gives one quic_version observation for each address.
func (Prober) Probe(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	return udp.Probe(ctx, n, t, probe.QUICVersion, func() (udp.Question, func(*probe.ExchangeDetail)) {
		var e negotiate.Exchange
		q := udp.Question{Payload: func(int) []byte { return e.Packet(negotiate.LeastSize) }, Match: e.Match}
		return q, func(d *probe.ExchangeDetail) { d.Versions = e.Versions }
	})
}
