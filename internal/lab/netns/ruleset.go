//go:build linux

package netns

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Table is an nftables table with chains that call each other, as firewall
// programs write them. Filter is simpler where a rule or two will do.
type Table struct {
	Family string // inet, ip or netdev
	Name   string
	Chains []Chain
}

// Chain is a chain of a Table; a base chain has a Hook.
type Chain struct {
	Name     string
	Hook     string // input, output, forward, prerouting or ingress; empty: reached by a jump only
	Device   string // of an ingress chain
	Priority int
	Policy   string // of a base chain: drop, or accept if empty
	// Rules are in the words of nft, of which these are known: iifname, oifname,
	// ip saddr and daddr with a prefix, tcp and udp dport with a port or a range,
	// ct state established, invalid or new, limit over with a number a second,
	// counter, and the verdicts accept, drop, reject, reset, return, jump, goto.
	Rules []string
}

var tableFamilies = map[string]nftables.TableFamily{
	"inet":   nftables.TableFamilyINet,
	"ip":     nftables.TableFamilyIPv4,
	"netdev": nftables.TableFamilyNetdev,
}

var chainHooks = map[string]*nftables.ChainHook{
	"input": nftables.ChainHookInput, "output": nftables.ChainHookOutput, "forward": nftables.ChainHookForward,
	"prerouting": nftables.ChainHookPrerouting, "ingress": nftables.ChainHookIngress,
}

// Load adds tables to the namespace.
func (s *Space) Load(tables ...Table) error {
	err := s.Do(func() error {
		conn, err := nftables.New()
		if err != nil {
			return err
		}
		for _, t := range tables {
			if err := t.add(conn); err != nil {
				return fmt.Errorf("table %s: %w", t.Name, err)
			}
		}
		return conn.Flush()
	})
	if err != nil {
		return fmt.Errorf("%s: firewall rules: %w", s.Name, err)
	}
	return nil
}

// add makes every chain before the first rule, which may jump to any of them.
func (t Table) add(conn *nftables.Conn) error {
	table := conn.AddTable(&nftables.Table{Family: tableFamilies[t.Family], Name: t.Name})
	chains := map[string]*nftables.Chain{}
	for _, c := range t.Chains {
		n := &nftables.Chain{Name: c.Name, Table: table}
		if c.Hook != "" {
			policy := nftables.ChainPolicyAccept
			if c.Policy == "drop" {
				policy = nftables.ChainPolicyDrop
			}
			n.Type, n.Hooknum, n.Priority, n.Policy, n.Device = nftables.ChainTypeFilter, chainHooks[c.Hook], nftables.ChainPriorityRef(
				nftables.ChainPriority(c.Priority),
			), &policy, c.Device
		}
		chains[c.Name] = conn.AddChain(n)
	}
	for _, c := range t.Chains {
		for _, text := range c.Rules {
			list, err := compile(text)
			if err != nil {
				return fmt.Errorf("rule %q: %w", text, err)
			}
			conn.AddRule(&nftables.Rule{Table: table, Chain: chains[c.Name], Exprs: list})
		}
	}
	return nil
}

// words is what each beginning of a part of a rule does with what follows it.
// The number is how many words follow.
var words = map[string]struct {
	takes int
	make  func(arg string) ([]expr.Any, error)
}{
	"iifname":    {1, func(a string) ([]expr.Any, error) { return metaIs(expr.MetaKeyIIFNAME, name(a)), nil }},
	"oifname":    {1, func(a string) ([]expr.Any, error) { return metaIs(expr.MetaKeyOIFNAME, name(a)), nil }},
	"tcp dport":  {1, func(a string) ([]expr.Any, error) { return ports(unix.IPPROTO_TCP, 2, a) }},
	"tcp sport":  {1, func(a string) ([]expr.Any, error) { return ports(unix.IPPROTO_TCP, 0, a) }},
	"udp dport":  {1, func(a string) ([]expr.Any, error) { return ports(unix.IPPROTO_UDP, 2, a) }},
	"udp sport":  {1, func(a string) ([]expr.Any, error) { return ports(unix.IPPROTO_UDP, 0, a) }},
	"ip saddr":   {1, func(a string) ([]expr.Any, error) { return within(12, a) }},
	"ip daddr":   {1, func(a string) ([]expr.Any, error) { return within(16, a) }},
	"ct state":   {1, state},
	"limit over": {1, limit},
	"counter":    {0, func(string) ([]expr.Any, error) { return []expr.Any{&expr.Counter{}}, nil }},
	"accept":     {0, verdict(expr.VerdictAccept)},
	"drop":       {0, verdict(expr.VerdictDrop)},
	"return":     {0, verdict(expr.VerdictReturn)},
	"jump":       {1, verdict(expr.VerdictJump)},
	"goto":       {1, verdict(expr.VerdictGoto)},
	"reject":     {0, func(string) ([]expr.Any, error) { return Rule{Action: RejectAdmin}.act(), nil }},
	"reset":      {0, func(string) ([]expr.Any, error) { return Rule{Action: Reset}.act(), nil }},
}

// compile turns a rule's text into the kernel's expressions.
func compile(text string) ([]expr.Any, error) {
	var list []expr.Any
	fields := strings.Fields(text)
	for len(fields) > 0 {
		key := fields[0]
		w, known := words[key]
		if !known && len(fields) > 1 {
			key += " " + fields[1]
			w, known = words[key]
		}
		used := strings.Count(key, " ") + 1
		if !known || len(fields) < used+w.takes {
			return nil, fmt.Errorf("unknown word %q", fields[0])
		}
		part, err := w.make(strings.Join(fields[used:used+w.takes], " "))
		if err != nil {
			return nil, err
		}
		list, fields = append(list, part...), fields[used+w.takes:]
	}
	return list, nil
}

func metaIs(key expr.MetaKey, data []byte) []expr.Any {
	return []expr.Any{&expr.Meta{Key: key, Register: 1}, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: data}}
}

func verdict(kind expr.VerdictKind) func(string) ([]expr.Any, error) {
	return func(chain string) ([]expr.Any, error) {
		return []expr.Any{&expr.Verdict{Kind: kind, Chain: chain}}, nil
	}
}

// ports matches a destination port, or a range of them.
func ports(proto byte, offset uint32, arg string) ([]expr.Any, error) {
	low, high, isRange := strings.Cut(arg, "-")
	if !isRange {
		high = low
	}
	first, err := strconv.ParseUint(low, 10, 16)
	if err != nil {
		return nil, err
	}
	last, err := strconv.ParseUint(high, 10, 16)
	if err != nil {
		return nil, err
	}
	list := append(
		metaIs(expr.MetaKeyL4PROTO, []byte{proto}),
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: offset, Len: 2},
	)
	from, to := binary.BigEndian.AppendUint16(nil, uint16(first)), binary.BigEndian.AppendUint16(nil, uint16(last))
	if !isRange {
		return append(list, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: from}), nil
	}
	return append(list, &expr.Range{Op: expr.CmpOpEq, Register: 1, FromData: from, ToData: to}), nil
}

// within matches an IPv4 address at an offset of the header against a prefix.
func within(offset uint32, arg string) ([]expr.Any, error) {
	p, err := netip.ParsePrefix(arg)
	if err != nil {
		return nil, err
	}
	mask := binary.BigEndian.AppendUint32(nil, ^uint32(0)<<(32-p.Bits()))
	return append(metaIs(expr.MetaKeyNFPROTO, []byte{unix.NFPROTO_IPV4}),
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: 4},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: mask, Xor: make([]byte, 4)},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: p.Masked().Addr().AsSlice()}), nil
}

// states are the bits of connection tracking's states.
var states = map[string]uint32{
	"established": expr.CtStateBitESTABLISHED | expr.CtStateBitRELATED,
	"invalid":     expr.CtStateBitINVALID,
	"new":         expr.CtStateBitNEW,
}

func state(arg string) ([]expr.Any, error) {
	bits, known := states[arg]
	if !known {
		return nil, fmt.Errorf("unknown state %q", arg)
	}
	return []expr.Any{
		&expr.Ct{Key: expr.CtKeySTATE, Register: 1},
		&expr.Bitwise{
			SourceRegister: 1,
			DestRegister:   1,
			Len:            4,
			Mask:           binaryutil.NativeEndian.PutUint32(bits),
			Xor:            make([]byte, 4),
		},
		&expr.Cmp{Op: expr.CmpOpNeq, Register: 1, Data: make([]byte, 4)},
	}, nil
}

func limit(arg string) ([]expr.Any, error) {
	rate, err := strconv.ParseUint(arg, 10, 32)
	if err != nil {
		return nil, err
	}
	return []expr.Any{
		&expr.Limit{Type: expr.LimitTypePkts, Rate: rate, Unit: expr.LimitTimeSecond, Burst: 5, Over: true},
	}, nil
}
