// Package stun asks by STUN Binding requests (RFC 8489) over UDP.
//
// A success or error response with the transaction ID of a request of ours
// proves that UDP passes both ways and that a STUN server answers. The address
// in a success response is what the server saw of this computer: its egress
// address over UDP. Anything else is garbage: the request sent back by an echo,
// a response to somebody else's request, a damaged message.
package stun

import (
	"context"
	"net"
	"net/netip"

	"github.com/pion/stun/v3"

	"wsdoctor/probe"
	"wsdoctor/probe/udp"
)

// Prober sends Binding requests to every address of the target: 3 of them 30 ms
// apart, until one is answered. Target.Attempts and Target.Spacing override; more
// than 3 attempts are all sent, as a sample of loss and jitter.
type Prober struct{}

var _ probe.Prober = Prober{}

// Probe gives one stun_binding observation for each address.
//
// With Target.LocalPort the requests come from that port, and only the first
// address is asked, because a port cannot be held twice. If the port is taken,
// or the network cannot choose one, the observation is skipped with
// address_not_available or unsupported.
func (Prober) Probe(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	if t.LocalPort == 0 {
		return ask(ctx, n, t)
	}
	t.Addresses = t.Addresses[:min(len(t.Addresses), 1)]
	list := ask(ctx, probe.WithUDP(n, probe.UDPOptions{LocalPort: t.LocalPort}), t)
	for i, o := range list {
		if o.Outcome == probe.Failed && notOpened[o.Failure] && o.Detail.(probe.ExchangeDetail).Sent == 0 {
			list[i].Outcome = probe.Skipped
		}
	}
	return list
}

// notOpened are the failures of a socket that could not have the port wanted.
var notOpened = map[probe.Failure]bool{probe.AddressNotAvailable: true, probe.Unsupported: true}

func ask(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	return udp.Probe(ctx, n, t, probe.STUNBinding, func() (udp.Question, func(*probe.ExchangeDetail)) {
		var b binding
		q := udp.Question{Payload: b.request, Match: b.match}
		return q, func(d *probe.ExchangeDetail) { d.Mapped = b.mapped }
	})
}

// binding is the state of one exchange.
type binding struct {
	ids    [][stun.TransactionIDSize]byte // of the requests, in order
	mapped netip.AddrPort                 // of the first success response that has one
}

// request builds Binding request i: 28 bytes, with a fingerprint, by which a
// server that shares its port with another protocol knows it for STUN.
func (b *binding) request(int) []byte {
	id := stun.NewTransactionID()
	b.ids = append(b.ids, id)
	m := stun.MustBuild(stun.NewTransactionIDSetter(id), stun.BindingRequest, stun.Fingerprint)
	return m.Raw
}

// match tells which request a datagram answers.
func (b *binding) match(reply []byte) (int, bool) {
	m, ok := parse(reply)
	if !ok {
		return 0, false
	}
	for i, id := range b.ids {
		if id == m.TransactionID {
			if !b.mapped.IsValid() {
				b.mapped = mapped(m)
			}
			return i, true
		}
	}
	return 0, false
}

// parse reads a Binding success or error response. A fingerprint need not be
// there, but a wrong one shows a damaged message.
func parse(b []byte) (*stun.Message, bool) {
	if !stun.IsMessage(b) {
		return nil, false
	}
	m := &stun.Message{Raw: append([]byte(nil), b...)}
	if m.Decode() != nil {
		return nil, false
	}
	if m.Type.Method != stun.MethodBinding ||
		(m.Type.Class != stun.ClassSuccessResponse && m.Type.Class != stun.ClassErrorResponse) {
		return nil, false
	}
	if m.Contains(stun.AttrFingerprint) && stun.Fingerprint.Check(m) != nil {
		return nil, false
	}
	return m, true
}

// mapped is the address a success response tells, from XOR-MAPPED-ADDRESS or,
// of an old server, MAPPED-ADDRESS. The zero value means that there is none.
func mapped(m *stun.Message) netip.AddrPort {
	if m.Type.Class != stun.ClassSuccessResponse {
		return netip.AddrPort{}
	}
	var ip net.IP
	var port int
	var xor stun.XORMappedAddress
	var plain stun.MappedAddress
	switch {
	case xor.GetFrom(m) == nil:
		ip, port = xor.IP, xor.Port
	case plain.GetFrom(m) == nil:
		ip, port = plain.IP, plain.Port
	}
	a, ok := netip.AddrFromSlice(ip)
	if !ok || a.IsUnspecified() || port < 1 || port > 65535 {
		return netip.AddrPort{}
	}
	return netip.AddrPortFrom(a.Unmap(), uint16(port))
}
