package servers

import (
	"encoding/binary"
	"net"
	"net/netip"

	"github.com/pion/stun/v3"
)

// Responder answers one datagram, or gives nil for silence.
type Responder func(datagram []byte, from netip.AddrPort) []byte

// ServeUDP answers datagrams at an address, with the first responder that has
// something to say. With none it takes everything and stays silent, without the
// ICMP error of a closed port.
func ServeUDP(s Stack, at netip.AddrPort, responders ...Responder) error {
	pc, err := s.ListenPacket(at)
	if err != nil {
		return err
	}
	go func() {
		b := make([]byte, 65536)
		for {
			n, from, err := pc.ReadFrom(b)
			if err != nil {
				return
			}
			peer := from.(*net.UDPAddr).AddrPort()
			peer = netip.AddrPortFrom(peer.Addr().Unmap(), peer.Port())
			for _, r := range responders {
				if reply := r(b[:n], peer); reply != nil {
					_, _ = pc.WriteTo(reply, from)
					break
				}
			}
		}
	}()
	return nil
}

// STUN answers Binding requests (RFC 8489) with the mapped address. Egress, if
// set, says which address to claim for a peer.
func STUN(egress func(netip.Addr) netip.Addr) Responder {
	return func(b []byte, from netip.AddrPort) []byte {
		if !stun.IsMessage(b) {
			return nil
		}
		q := &stun.Message{Raw: append([]byte(nil), b...)}
		if q.Decode() != nil || q.Type != stun.BindingRequest {
			return nil
		}
		addr := from.Addr()
		if egress != nil {
			addr = egress(addr)
		}
		m, err := stun.Build(stun.NewTransactionIDSetter(q.TransactionID), stun.BindingSuccess,
			&stun.XORMappedAddress{IP: addr.AsSlice(), Port: int(from.Port())}, stun.Fingerprint)
		if err != nil {
			return nil
		}
		return m.Raw
	}
}

// BadSTUN answers Binding requests with the right transaction and attributes
// whose lengths lie.
func BadSTUN(b []byte, _ netip.AddrPort) []byte {
	if !stun.IsMessage(b) || len(b) < 20 {
		return nil
	}
	reply := append([]byte{0x01, 0x01, 0x00, 0x08}, b[4:20]...)
	return append(reply, 0x00, 0x20, 0xff, 0xff, 0x1b, '[', '3', '1')
}

// minInitial is the least size of a datagram that a QUIC server answers with
// version negotiation (RFC 9000, sections 6.1 and 14.1).
const minInitial = 1200

// QUICVersion answers a long-header packet of an unknown version with a version
// negotiation packet (RFC 8999, section 6; RFC 9000, section 17.2.1), and no
// other packet.
func QUICVersion(b []byte, _ netip.AddrPort) []byte {
	if len(b) < minInitial || b[0]&0x80 == 0 {
		return nil
	}
	if v := binary.BigEndian.Uint32(b[1:5]); v == 0 || v == 1 || v == 0x6b3343cf {
		return nil
	}
	dcid, rest := connectionID(b[5:])
	scid, _ := connectionID(rest)
	if dcid == nil || scid == nil {
		return nil
	}
	reply := []byte{0xc5, 0, 0, 0, 0}
	reply = append(append(reply, byte(len(scid))), scid...)
	reply = append(append(reply, byte(len(dcid))), dcid...)
	return append(reply, 0, 0, 0, 1, 0x6b, 0x33, 0x43, 0xcf, 0x3a, 0x4a, 0x5a, 0x6a)
}

// BadQUIC answers long-header packets with a version negotiation for somebody
// else's connection.
func BadQUIC(b []byte, _ netip.AddrPort) []byte {
	if len(b) < minInitial || b[0]&0x80 == 0 {
		return nil
	}
	return []byte{0xc5, 0, 0, 0, 0, 4, 0x1b, '[', '3', '1', 200, 1, 2}
}

// connectionID splits a length-prefixed connection ID off; nil if there is none.
func connectionID(b []byte) (id, rest []byte) {
	if len(b) == 0 || int(b[0]) > len(b)-1 {
		return nil, nil
	}
	n := int(b[0])
	return b[1 : 1+n : 1+n], b[1+n:]
}
