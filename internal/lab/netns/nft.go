//go:build linux

package netns

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Hook is a place in the kernel's way of a packet.
type Hook string

// The hooks a rule may sit at.
const (
	Output      Hook = "output"      // packets this namespace sends
	Input       Hook = "input"       // packets for this namespace
	ForwardHook Hook = "forward"     // packets it passes on
	Prerouting  Hook = "prerouting"  // everything that arrives, before connection tracking
	DNAT        Hook = "dnat"        // first packet of a connection, its destination
	OwnDNAT     Hook = "own-dnat"    // the same of what this namespace itself sends
	SNAT        Hook = "postrouting" // first packet of a connection, its source
	Egress      Hook = "egress"      // packets on their way into the interface Rule.Out, behind everything that tells the sender
)

var hooks = map[Hook]nftables.Chain{
	Output: {
		Type:     nftables.ChainTypeFilter,
		Hooknum:  nftables.ChainHookOutput,
		Priority: nftables.ChainPriorityFilter,
	},
	Input: {
		Type:     nftables.ChainTypeFilter,
		Hooknum:  nftables.ChainHookInput,
		Priority: nftables.ChainPriorityFilter,
	},
	ForwardHook: {
		Type:     nftables.ChainTypeFilter,
		Hooknum:  nftables.ChainHookForward,
		Priority: nftables.ChainPriorityFilter,
	},
	Prerouting: {
		Type:     nftables.ChainTypeFilter,
		Hooknum:  nftables.ChainHookPrerouting,
		Priority: nftables.ChainPriorityRaw,
	},
	DNAT: {
		Type:     nftables.ChainTypeNAT,
		Hooknum:  nftables.ChainHookPrerouting,
		Priority: nftables.ChainPriorityNATDest,
	},
	OwnDNAT: {
		Type:     nftables.ChainTypeNAT,
		Hooknum:  nftables.ChainHookOutput,
		Priority: nftables.ChainPriorityNATDest,
	},
	SNAT: {
		Type:     nftables.ChainTypeNAT,
		Hooknum:  nftables.ChainHookPostrouting,
		Priority: nftables.ChainPriorityNATSource,
	},
	Egress: {
		Type:     nftables.ChainTypeFilter,
		Hooknum:  nftables.ChainHookEgress,
		Priority: nftables.ChainPriorityFilter,
	},
}

// Action is what a rule does with a packet that matches.
type Action string

// The actions. Rejections answer with the ICMP or ICMPv6 message of that
// meaning; Redirect needs Rule.To.Port, SourceNAT Rule.To.Addr.
const (
	Drop            Action = "drop"
	RejectAdmin     Action = "reject-admin" // ICMP 3/13, ICMPv6 1/1
	RejectPort      Action = "reject-port"  // ICMP 3/3, ICMPv6 1/4
	RejectHost      Action = "reject-host"  // ICMP 3/1, ICMPv6 1/3
	RejectNet       Action = "reject-net"   // ICMP 3/0, ICMPv6 1/0
	Reset           Action = "reset"        // TCP RST in the name of the destination
	Masquerade      Action = "masquerade"
	SourceNAT       Action = "source-nat"
	RedirectToLocal Action = "redirect" // to this namespace, port Rule.To.Port
	Queue           Action = "queue"    // handed to a program that does not take it: gone, and the sender is told that all is well
)

// Rule is one packet filter rule of an inet table, or of a netdev table at
// Egress. Empty fields match all.
type Rule struct {
	Hook        Hook
	In, Out     string // interface names
	Family      string // "ip4", "ip6"
	Proto       string // "tcp", "udp"
	Port        uint16 // destination port, of Proto or of both
	SourcePort  uint16
	NotPorts    []uint16 // destination ports that it does not match; needs Proto
	NotSources  []uint16 // source ports, likewise
	SourceBelow uint16   // only source ports below this one; 0: any
	Destination netip.Addr
	Source      netip.Addr
	NotSource   netip.Addr
	Share       float64 // of packets it applies to, 0 means all
	ShareFlows  float64 // of flows, which differ in their ports
	EveryOther  bool    // applies to every second packet that gets here
	ICMPErrors  bool    // ICMP and ICMPv6 error messages only
	Larger      int     // IP packets of more bytes than this
	Text        string  // packets that hold it anywhere, 127 bytes at most
	PerSecond   uint64  // spares that many packets a second, in each family
	Burst       uint32  // and that many at once, 0 means one
	Quoting     string  // with ICMPErrors: those about packets of "tcp" or "udp"
	First       bool    // what begins a connection, as connection tracking sees it
	Data        bool    // TCP segments that carry data, as senders mark its end (PSH)
	Action      Action
	To          netip.AddrPort
}

// Filter adds rules to the namespace, in order, after those already there.
func (s *Space) Filter(rules ...Rule) error {
	err := s.Do(func() error {
		conn, err := nftables.New()
		if err != nil {
			return err
		}
		chains := map[string]*nftables.Chain{}
		for _, r := range rules {
			name := r.chain()
			if chains[name] == nil {
				chains[name] = conn.AddChain(r.newChain(conn))
			}
			for _, e := range r.exprs() {
				conn.AddRule(&nftables.Rule{Table: chains[name].Table, Chain: chains[name], Exprs: e})
			}
		}
		return conn.Flush()
	})
	if err != nil {
		return fmt.Errorf("%s: packet filter: %w", s.Name, err)
	}
	return nil
}

func (r Rule) chain() string {
	if r.Hook == Egress {
		return string(r.Hook) + "-" + r.Out
	}
	return string(r.Hook)
}

func (r Rule) newChain(conn *nftables.Conn) *nftables.Chain {
	chain, family := hooks[r.Hook], nftables.TableFamilyINet
	if r.Hook == Egress {
		family, chain.Device = nftables.TableFamilyNetdev, r.Out
	}
	chain.Name, chain.Table = r.chain(), conn.AddTable(&nftables.Table{Family: family, Name: "lab"})
	return &chain
}

// exprs gives one expression list per kernel rule: a port of no particular
// protocol takes two, and so do ICMP errors of no particular family.
func (r Rule) exprs() [][]expr.Any {
	if r.ICMPErrors && r.Family == "" {
		v4, v6 := r, r
		v4.Family, v6.Family = "ip4", "ip6"
		return append(v4.exprs(), v6.exprs()...)
	}
	if r.Proto == "" && (r.Port != 0 || r.SourcePort != 0 || r.Action == RedirectToLocal) {
		tcp, udp := r, r
		tcp.Proto, udp.Proto = "tcp", "udp"
		return append(tcp.exprs(), udp.exprs()...)
	}
	return [][]expr.Any{append(r.match(), r.act()...)}
}

var (
	ethertypes = map[string]uint16{"ip4": unix.ETH_P_IP, "ip6": unix.ETH_P_IPV6}
	protocols  = map[string]byte{"tcp": unix.IPPROTO_TCP, "udp": unix.IPPROTO_UDP}
	families   = map[string]byte{"ip4": unix.NFPROTO_IPV4, "ip6": unix.NFPROTO_IPV6}
)

func (r Rule) match() []expr.Any {
	var list []expr.Any
	meta := func(key expr.MetaKey, data []byte) {
		list = append(list, &expr.Meta{Key: key, Register: 1}, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: data})
	}
	ofFamily := func(family string) {
		if r.Hook == Egress { // below the families
			meta(expr.MetaKeyPROTOCOL, binary.BigEndian.AppendUint16(nil, ethertypes[family]))
			return
		}
		meta(expr.MetaKeyNFPROTO, []byte{families[family]})
	}
	if r.In != "" {
		meta(expr.MetaKeyIIFNAME, name(r.In))
	}
	if r.Out != "" && r.Hook != Egress {
		meta(expr.MetaKeyOIFNAME, name(r.Out))
	}
	if r.Family != "" {
		ofFamily(r.Family)
	}
	for _, a := range []struct {
		addr       netip.Addr
		op         expr.CmpOp
		off4, off6 uint32
	}{
		{r.Source, expr.CmpOpEq, 12, 8},
		{r.NotSource, expr.CmpOpNeq, 12, 8},
		{r.Destination, expr.CmpOpEq, 16, 24},
	} {
		if !a.addr.IsValid() {
			continue
		}
		offset, family := a.off4, "ip4"
		if a.addr.Is6() {
			offset, family = a.off6, "ip6"
		}
		// An address can only be compared inside its own family.
		ofFamily(family)
		data := a.addr.AsSlice()
		list = append(list,
			&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: uint32(len(data))},
			&expr.Cmp{Op: a.op, Register: 1, Data: data})
	}
	if r.Proto != "" || r.Action == Reset {
		proto := r.Proto
		if r.Action == Reset {
			proto = "tcp"
		}
		meta(expr.MetaKeyL4PROTO, []byte{protocols[proto]})
	}
	for offset, port := range map[uint32]uint16{0: r.SourcePort, 2: r.Port} {
		if port != 0 {
			list = append(list,
				&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: 2},
				&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: binary.BigEndian.AppendUint16(nil, port)})
		}
	}
	for offset, ports := range map[uint32][]uint16{0: r.NotSources, 2: r.NotPorts} {
		for _, port := range ports {
			list = append(list,
				&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: 2},
				&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: binary.BigEndian.AppendUint16(nil, port)})
		}
	}
	if r.SourceBelow != 0 {
		list = append(list,
			&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 2},
			&expr.Cmp{Op: expr.CmpOpLt, Register: 1, Data: binary.BigEndian.AppendUint16(nil, r.SourceBelow)})
	}
	list = append(list, r.special()...)
	if r.Share > 0 && r.Share < 1 {
		const modulus = 1 << 16
		list = append(list,
			&expr.Numgen{Register: 1, Modulus: modulus, Type: unix.NFT_NG_RANDOM},
			&expr.Byteorder{SourceRegister: 1, DestRegister: 1, Op: expr.ByteorderHton, Len: 4, Size: 4},
			&expr.Cmp{Op: expr.CmpOpLt, Register: 1, Data: binary.BigEndian.AppendUint32(nil, uint32(r.Share*modulus))})
	}
	if r.ShareFlows > 0 {
		const modulus, seed = 1 << 16, 4172
		list = append(list,
			&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 0, Len: 4},
			&expr.Hash{SourceRegister: 1, DestRegister: 1, Length: 4, Modulus: modulus, Seed: seed, Type: expr.HashTypeJenkins},
			&expr.Byteorder{SourceRegister: 1, DestRegister: 1, Op: expr.ByteorderHton, Len: 4, Size: 4},
			&expr.Cmp{Op: expr.CmpOpLt, Register: 1, Data: binary.BigEndian.AppendUint32(nil, uint32(r.ShareFlows*modulus))})
	}
	if r.EveryOther {
		list = append(list,
			&expr.Numgen{Register: 1, Modulus: 2, Type: unix.NFT_NG_INCREMENTAL},
			&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: make([]byte, 4)})
	}
	if r.PerSecond > 0 { // last, for only what matches so far counts
		list = append(
			list,
			&expr.Limit{
				Type:  expr.LimitTypePkts,
				Rate:  r.PerSecond,
				Unit:  expr.LimitTimeSecond,
				Burst: max(1, r.Burst),
				Over:  true,
			},
		)
	}
	return list
}

var rejections = map[Action]uint8{
	RejectNet:   unix.NFT_REJECT_ICMPX_NO_ROUTE,
	RejectPort:  unix.NFT_REJECT_ICMPX_PORT_UNREACH,
	RejectHost:  unix.NFT_REJECT_ICMPX_HOST_UNREACH,
	RejectAdmin: unix.NFT_REJECT_ICMPX_ADMIN_PROHIBITED,
}

func (r Rule) act() []expr.Any {
	switch r.Action {
	case Drop:
		return []expr.Any{&expr.Verdict{Kind: expr.VerdictDrop}}
	case Reset:
		return []expr.Any{&expr.Reject{Type: unix.NFT_REJECT_TCP_RST}}
	case Queue:
		return []expr.Any{queue()}
	case Masquerade:
		return []expr.Any{&expr.Masq{}}
	case SourceNAT:
		return []expr.Any{
			&expr.Immediate{Register: 1, Data: r.To.Addr().AsSlice()},
			&expr.NAT{Type: expr.NATTypeSourceNAT, Family: unix.NFPROTO_IPV4, RegAddrMin: 1},
		}
	case RedirectToLocal:
		return []expr.Any{
			&expr.Immediate{Register: 1, Data: binary.BigEndian.AppendUint16(nil, r.To.Port())},
			&expr.Redir{RegisterProtoMin: 1},
		}
	}
	return []expr.Any{&expr.Reject{Type: unix.NFT_REJECT_ICMPX_UNREACH, Code: rejections[r.Action]}}
}

// name is an interface name as the kernel compares it.
func name(s string) []byte {
	b := make([]byte, unix.IFNAMSIZ)
	copy(b, s)
	return b
}
