package socket

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"runtime"
	"sync"
	"testing"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netns"
)

// Beside the way to server there is one that narrows behind its router:
//
//	client 192.168.60.10 -- thin 1500 -- .1 router 198.18.70.1 -- deep 1280 -- .10 server
//	client 2001:db8:60::10           -- ::1       2001:db8:61::1             -- ::10
var (
	thinRouter  = netip.MustParseAddr("192.168.60.1")
	thinRouter6 = netip.MustParseAddr("2001:db8:60::1")
	thinServer  = netip.MustParseAddr("198.18.70.10")
	thinServer6 = netip.MustParseAddr("2001:db8:61::10")
)

const narrow = 1280 // bytes

// thinWay is that way's router and server.
type thinWay struct{ router, server netns.NsHandle }

// theThinSide makes it, once.
var theThinSide = sync.OnceValues(func() (f thinWay, err error) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // never unlocked: the thread ends with the goroutine
		f, err = makeThin()
	}()
	<-done
	return f, err
})

func thinSide(t *testing.T) thinWay {
	t.Helper()
	needsNamespace(t)
	f, err := theThinSide()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func makeThin() (f thinWay, err error) {
	const noDetection = "net/ipv6/conf/default/accept_dad=0"
	if f.router, err = netns.New(); err != nil {
		return f, err
	}
	if err = sysctl(noDetection, "net/ipv4/ip_forward=1", "net/ipv6/conf/all/forwarding=1", "net/ipv4/icmp_ratelimit=0", "net/ipv6/icmp/ratelimit=0"); err != nil {
		return f, err
	}
	if f.server, err = netns.New(); err != nil {
		return f, err
	}
	if err = sysctl(noDetection); err != nil {
		return f, err
	}
	if err = netns.Set(clientNS); err != nil {
		return f, err
	}
	for _, step := range []func() error{
		func() error {
			return wire(clientNS, f.router, "thin", "192.168.60.10/24", "2001:db8:60::10/64", thinRouter.String()+"/24", thinRouter6.String()+"/64")
		},
		func() error {
			return wire(f.server, f.router, "deep", thinServer.String()+"/24", thinServer6.String()+"/64", "198.18.70.1/24", "2001:db8:61::1/64")
		},
		func() error { return width(f.router, "deep", narrow) },
		func() error { return width(f.server, "deep", narrow) },
		func() error { return route(clientNS, "198.18.70.0/24", thinRouter.String()) },
		func() error { return route(clientNS, "2001:db8:61::/64", thinRouter6.String()) },
		func() error { return route(f.server, "192.168.60.0/24", "198.18.70.1") },
		func() error { return route(f.server, "2001:db8:60::/64", "2001:db8:61::1") },
	} {
		if err := step(); err != nil {
			return f, err
		}
	}
	return f, nil
}

// width sets the MTU of an interface.
func width(ns netns.NsHandle, link string, mtu int) error {
	h, err := netlink.NewHandleAt(ns)
	if err != nil {
		return err
	}
	defer h.Close()
	l, err := h.LinkByName(link)
	if err != nil {
		return err
	}
	return h.LinkSetMTU(l, mtu)
}

// filter puts rules into a chain of a namespace until the test ends. Chain says
// what kind; table and name are filled in.
func filter(t *testing.T, ns netns.NsHandle, family nftables.TableFamily, chain nftables.Chain, rules ...[]expr.Any) {
	t.Helper()
	c, err := nftables.New(nftables.WithNetNSFd(int(ns)))
	if err != nil {
		t.Fatal(err)
	}
	table := c.AddTable(&nftables.Table{Name: fmt.Sprintf("test%d", family), Family: family})
	chain.Name, chain.Table, chain.Type = "c", table, nftables.ChainTypeFilter
	made := c.AddChain(&chain)
	for _, r := range rules {
		c.AddRule(&nftables.Rule{Table: table, Chain: made, Exprs: r})
	}
	if err := c.Flush(); err != nil {
		t.Fatalf("filter: %v", err)
	}
	t.Cleanup(func() {
		c.DelTable(table)
		if err := c.Flush(); err != nil {
			t.Errorf("remove filter: %v", err)
		}
	})
}

var (
	forwarding = nftables.Chain{Hooknum: nftables.ChainHookForward, Priority: nftables.ChainPriorityFilter}
	sending    = nftables.Chain{Hooknum: nftables.ChainHookOutput, Priority: nftables.ChainPriorityFilter}
	leaving    = nftables.Chain{Hooknum: nftables.ChainHookEgress, Priority: nftables.ChainPriorityFilter, Device: "lan"}
)

// port matches the destination port of TCP and UDP.
func port(p uint16) []expr.Any {
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
		&expr.Cmp{Register: 1, Data: binary.BigEndian.AppendUint16(nil, p)},
	}
}

// longer matches packets of more than n bytes.
func longer(n uint32) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyLEN, Register: 1},
		&expr.Byteorder{SourceRegister: 1, DestRegister: 1, Op: expr.ByteorderHton, Len: 4, Size: 4},
		&expr.Cmp{Op: expr.CmpOpGt, Register: 1, Data: binary.BigEndian.AppendUint32(nil, n)},
	}
}

// protocol matches the protocol behind the IP header.
func protocol(p byte) []expr.Any {
	return []expr.Any{&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1}, &expr.Cmp{Register: 1, Data: []byte{p}}}
}

func dropped() []expr.Any { return []expr.Any{&expr.Verdict{Kind: expr.VerdictDrop}} }
