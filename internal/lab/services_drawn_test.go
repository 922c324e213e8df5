package lab

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"wsdoctor/internal/lab/servers"
)

// startDrawn starts what answers in a random world.
func (v *services) startDrawn() error {
	d := v.scenario.drawn()
	v.stacks[AWS] = byHolder{v.stacks}
	dns53 := func(a string) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr(a), 53) }
	zone := v.zone
	if _, set := v.scenario.has(FakeIP); set {
		zone = v.fakes().zone
	}
	router := &servers.DNS{Stack: v.stacks[Router], Zone: zone, Faults: v.faults(DNS, Router), DNS64: v.dns64()}
	if f, set := v.scenario.has(Portal); set && f.Mode == "dns" {
		router.Faults = append(router.Faults, servers.Fault{Kind: "one-address", Addresses: addrs(routerLAN)})
	}
	provider := &servers.DNS{Stack: v.stacks[d.nameServerAt()], Zone: v.zone, Faults: v.faults(DNS, d.nameServerAt())}
	office := &servers.DNS{Stack: v.stacks[d.last(UserNetwork)], Zone: v.zone}
	for _, s := range []struct {
		d  *servers.DNS
		at string
	}{{router, routerLAN}, {provider, providerDNS}, {office, coveredDNS}} {
		if err := s.d.Serve(dns53(s.at)); err != nil {
			return err
		}
	}
	if d.IPv6 {
		if err := router.Serve(dns53(d.six(0, 1))); err != nil {
			return err
		}
	}
	for _, part := range []func() error{v.startWeb, v.startStreaming, v.startMiddle, v.startProxy} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// byHolder listens at whichever host has the address.
type byHolder struct{ stacks map[Place]servers.Stack }

func (b byHolder) Listen(at netip.AddrPort) (net.Listener, error) {
	return b.stacks[drawnHolder(at.Addr())].Listen(at)
}

func (b byHolder) ListenPacket(at netip.AddrPort) (net.PacketConn, error) {
	return b.stacks[drawnHolder(at.Addr())].ListenPacket(at)
}

// Dial is for machines in the middle, and AWS's hosts are none.
func (byHolder) Dial(context.Context, string, netip.AddrPort) (net.Conn, error) {
	return nil, errors.New("these hosts connect to nobody")
}
