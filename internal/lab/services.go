package lab

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"time"

	"wsdoctor/internal/lab/servers"
)

// services is everything that answers in a scenario, ready to be started.
type services struct {
	scenario             Scenario
	zone                 servers.Zone
	amazon, contoso, bad *servers.Authority
	public               *servers.Authority // that signs for anybody; nil where nobody needs it
	filter               *servers.Authority // of a DNS filter's page; nil likewise
	ahead                time.Duration
	stacks               map[Place]servers.Stack
	// egress says what the outside sees of a peer: its real address in
	// namespaces, a made-up one on loopback.
	egress func(netip.Addr) netip.Addr
	// redirect sends what comes from the client for a TCP port to a local port
	// of the place.
	redirect func(at Place, port, to uint16) error
	// original is where a redirected connection was on its way to.
	original func(net.Conn) (netip.AddrPort, bool)
	hooks    Hooks
	machine  machine // the WorkSpace's processes; nil where it has none
}

// Hooks replace built-in servers by ones this package must not import. They
// are given to HostMain, because the servers run in the host process.
type Hooks struct {
	// QUIC serves UDP 4195 of one gateway address in place of the built-in
	// version negotiation. It must not block.
	QUIC func(net.PacketConn) error
}

func newServices(s Scenario) (*services, error) {
	zone, err := world()
	if err != nil {
		return nil, err
	}
	v := &services{scenario: s, zone: zone, egress: func(a netip.Addr) netip.Addr { return a }}
	for _, make := range []struct {
		into *(*servers.Authority)
		how  func() (*servers.Authority, error)
	}{{&v.amazon, servers.Amazon}, {&v.contoso, servers.Inspector}, {&v.bad, servers.Hostile}} {
		if *make.into, err = make.how(); err != nil {
			return nil, fmt.Errorf("make a certificate authority: %w", err)
		}
	}
	if _, set := s.has(Parking); set {
		if v.public, err = servers.Public(); err != nil {
			return nil, fmt.Errorf("make a certificate authority: %w", err)
		}
	}
	v.amazon.Pad(s.padding())
	if f, set := s.has(Clock); set {
		v.ahead = f.Ahead
	}
	if err := v.prepareCases(); err != nil {
		return nil, fmt.Errorf("make a certificate authority: %w", err)
	}
	return v, nil
}

// trusted is the certificate store of the client, in PEM.
func (v *services) trusted() []byte {
	store := v.amazon.PEM()
	if f, set := v.scenario.has(Intercept); set && f.Mode == "trusted" { // one inspector in a world
		store = append(store, v.contoso.PEM()...)
	}
	if v.public != nil {
		store = append(store, v.public.PEM()...)
	}
	return store
}

func (v *services) lookup(host string) (netip.Addr, bool) {
	list := v.zone.Hosts[host]
	if len(list) == 0 {
		return netip.Addr{}, false
	}
	return list[0], true
}

// faults are the scenario's faults of one kind at one place, as servers know
// them.
func (v *services) faults(k Kind, at Place) []servers.Fault {
	var list []servers.Fault
	for _, f := range v.scenario.Faults {
		if f.Kind == k && f.Where == at {
			list = append(list, servers.Fault{Kind: f.Mode, Names: f.Names, Addresses: f.Addresses, Delay: f.After})
		}
	}
	return list
}

// spoilt says whether a fault of the kind is about this port and address.
func (v *services) spoilt(k Kind, proto string, at netip.AddrPort) bool {
	return slices.ContainsFunc(v.scenario.Faults, func(f Fault) bool {
		return f.Kind == k && (f.Proto == "" || f.Proto == proto) &&
			(len(f.Ports) == 0 || slices.Contains(f.Ports, at.Port())) &&
			(len(f.Addresses) == 0 || slices.Contains(f.Addresses, at.Addr()))
	})
}

func (v *services) real(name string) bool { return slices.Contains(v.scenario.Real, name) }

// start starts everything the scenario does not leave out.
func (v *services) start() error {
	for _, part := range v.scenario.topology().serve {
		if err := part(v); err != nil {
			return err
		}
	}
	return errors.Join(v.startLife(), v.startCases())
}

func (v *services) startDNS() error {
	dns53 := func(a string) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr(a), 53) }
	router := &servers.DNS{
		Stack:   v.stacks[Router],
		Forward: dns53(providerDNS),
		Faults:  v.faults(DNS, Router),
		DNS64:   v.dns64(),
	}
	if _, set := v.scenario.has(FakeIP); set {
		router.Zone, router.Forward = v.fakes().zone, netip.AddrPort{}
	}
	if f, set := v.scenario.has(Portal); set && f.Mode == "dns" {
		router.Faults = append(router.Faults, servers.Fault{Kind: "one-address", Addresses: addrs(routerLAN)})
	}
	for _, a := range []string{routerLAN, routerLAN6} {
		if err := router.Serve(dns53(a)); err != nil {
			return err
		}
	}
	if !v.real("unbound") {
		provider := &servers.DNS{Stack: v.stacks[Provider], Zone: v.zone, Faults: v.faults(DNS, Provider)}
		if err := provider.Serve(dns53(providerDNS)); err != nil {
			return err
		}
	}
	covered := &servers.DNS{Stack: v.stacks[Firewall], Forward: dns53(providerDNS), Faults: v.faults(DNS, Firewall)}
	if err := covered.Serve(dns53(coveredDNS)); err != nil {
		return err
	}
	office := &servers.DNS{
		Stack:  v.stacks[Office],
		Zone:   directoryZone(directory1, directory2),
		Faults: v.faults(DNS, Office),
	}
	for _, a := range []string{directory1, directory2} {
		if v.spoilt(Closed, "udp", dns53(a)) {
			continue
		}
		if err := office.Serve(dns53(a)); err != nil {
			return err
		}
	}
	return nil
}

func (v *services) startWeb() error {
	web := &servers.Web{
		Stack: v.stacks[AWS], CA: v.amazon, Evil: v.bad, Ahead: v.ahead, Faults: v.faults(Web, AWS),
		Egress: func(a netip.Addr) string { return v.echoed(a).String() },
	}
	seen := map[netip.Addr]bool{}
	for name, list := range v.zone.Hosts {
		if name == healthHost || name == health6Host || name == stunHost || name == portalHost {
			continue
		}
		for _, a := range list {
			if seen[a] {
				continue
			}
			seen[a] = true
			at := netip.AddrPortFrom(a, 443)
			if !v.spoilt(Closed, "tcp", at) {
				if err := web.ServeTLS(at); err != nil {
					return err
				}
			}
			if name != checkipHost && name != clientsHost {
				continue
			}
			if err := web.ServePlain(netip.AddrPortFrom(a, 80)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *services) startStreaming() error {
	stun := servers.STUN(v.reflected)
	stream := &servers.Stream{Stack: v.stacks[AWS], CA: v.amazon, Name: healthHost, Ahead: v.ahead}
	for _, a := range health {
		for _, port := range []uint16{4172, 4195} {
			at := netip.AddrPortFrom(a, port)
			if !v.spoilt(Closed, "tcp", at) {
				if err := stream.Serve(at); err != nil {
					return err
				}
			}
			if err := v.serveUDP(at, stun); err != nil {
				return err
			}
		}
	}
	// A web front end that speaks HTTP/3, as AWS's do.
	for _, a := range v.zone.Hosts[settingHost] {
		if err := servers.ServeUDP(v.stacks[AWS], netip.AddrPortFrom(a, 443), servers.QUICVersion); err != nil {
			return err
		}
	}
	if v.real("coturn") {
		return nil
	}
	return v.serveUDP(netip.AddrPortFrom(stunAddr, 443), stun)
}

// serveUDP starts what answers datagrams at one address and port.
func (v *services) serveUDP(at netip.AddrPort, stun servers.Responder) error {
	answers := []servers.Responder{stun}
	switch {
	case v.spoilt(Closed, "udp", at):
		return nil
	case v.spoilt(UDPSilent, "udp", at):
		answers = nil
	case v.spoilt(UDPGarbage, "udp", at):
		answers = []servers.Responder{servers.BadSTUN, servers.BadQUIC}
	case at.Port() == 4195 && v.real("quic"):
		if v.hooks.QUIC == nil {
			return errors.New("this program has no QUIC server of its own")
		}
		pc, err := v.stacks[AWS].ListenPacket(at)
		if err != nil {
			return err
		}
		return v.hooks.QUIC(pc)
	case at.Port() == 4195:
		answers = append(answers, servers.QUICVersion)
	}
	return servers.ServeUDP(v.stacks[AWS], at, answers...)
}

// Local ports of machines in the middle.
const (
	interceptPort = 8443
	portalPort    = 8080
	acceptPort    = 9999
)

func wildcard(port uint16) netip.AddrPort { return netip.AddrPortFrom(netip.IPv6Unspecified(), port) }

// startMiddle starts interceptors, sign-in pages and false acceptors, and sends
// the client's connections to them.
func (v *services) startMiddle() error {
	for _, f := range v.scenario.Faults {
		var err error
		switch f.Kind {
		case Intercept, SNIReset:
			at := cmp.Or(f.Where, Firewall)
			i := &servers.Interceptor{Stack: v.stacks[at], Lookup: v.lookup, Trust: v.amazon.Root()}
			if at == Client { // its own connections must not come back to it
				i.Stack = v.onward(at)
			}
			if f.Kind == Intercept {
				i.CA, i.Only = v.contoso, f.Names
			} else {
				i.Reset = f.Names
			}
			if err = i.Serve(wildcard(interceptPort)); err == nil {
				err = v.redirect(at, 443, interceptPort)
			}
		case Portal:
			err = v.startPortal(f)
		case FakeAccept:
			at := cmp.Or(f.Where, Firewall)
			switch f.Mode {
			case "relay": // to a port that is not taken itself
				err = servers.Relay(v.stacks[at], wildcard(acceptPort), netip.AddrPortFrom(stunAddr, 80))
			case "reset":
				err = servers.Resetting(v.stacks[at], wildcard(acceptPort))
			case "carry":
				err = servers.CarryOn(v.onward(at), wildcard(acceptPort), v.original)
			default:
				err = servers.Silent(v.stacks[at], wildcard(acceptPort))
			}
			if err != nil {
				return err
			}
			for _, port := range f.Ports {
				if err = v.redirect(at, port, acceptPort); err != nil {
					return err
				}
			}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (v *services) startPortal(f Fault) error {
	ca, err := servers.Hotspot()
	if err != nil {
		return err
	}
	p := &servers.Portal{Stack: v.stacks[Router], CA: ca, Name: portalHost, Login: "redirect"}
	if f.Mode == "page" {
		p.Login = "page"
	}
	secure := wildcard(interceptPort)
	if f.Mode == "http-only" {
		secure = netip.AddrPort{}
	}
	if err := p.Serve(wildcard(portalPort), secure); err != nil {
		return err
	}
	if err := v.redirect(Router, 80, portalPort); err != nil || !secure.IsValid() {
		return err
	}
	return v.redirect(Router, 443, interceptPort)
}

func (v *services) startProxy() error {
	f, set := v.scenario.has(Proxy)
	if !set || f.Mode == "closed" || f.Mode == "gone" || v.real("squid") || v.real("squid-auth") ||
		v.real("squid-bump") {
		return nil
	}
	at := v.scenario.topology().proxy
	p := &servers.Proxy{Stack: v.stacks[at.at], Lookup: v.lookup, Mode: f.Mode}
	return p.Serve(at.addr)
}
