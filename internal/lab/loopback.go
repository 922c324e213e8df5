package lab

import (
	"context"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"

	"wsdoctor/internal/lab/servers"
	"wsdoctor/probe"
	"wsdoctor/probe/socket"
)

// NewLoopback starts the scenario's servers on loopback ports and gives a
// network in which the simulated addresses lead to them. It needs no
// privileges and works on every system, but there is one hop and no kernel
// filter: see Scenario.Loopback for what it can show, and Scenario.Facts for
// what the simulated computer says of itself. Call stop when done; it
// closes every socket.
func NewLoopback(s Scenario) (n probe.Network, stop func(), err error) {
	v, err := newServices(s)
	if err != nil {
		return nil, nil, err
	}
	l := &loopback{
		sockets: socket.New(socket.Options{}), scenario: s, roots: x509.NewCertPool(), held: held(v.zone),
		mapped: map[endpoint]netip.AddrPort{}, redirects: map[uint16]netip.AddrPort{},
	}
	l.roots.AppendCertsFromPEM(v.trusted())
	l.resolver = net.Resolver{PreferGo: true, StrictErrors: true, Dial: l.dialResolver}
	v.stacks = map[Place]servers.Stack{}
	for _, p := range []Place{Router, Firewall, Office, Provider, AWS} {
		v.stacks[p] = loopStack{l, p}
	}
	v.egress = func(netip.Addr) netip.Addr { return netip.MustParseAddr(publicIP) }
	v.redirect = func(at Place, port, to uint16) error {
		local, _ := l.find(endpoint{"tcp", at, wildcard(to)})
		l.mu.Lock()
		defer l.mu.Unlock()
		l.redirects[port] = local
		return nil
	}
	sink, err := loopStack{l, Edge}.ListenPacket(netip.AddrPort{})
	if err == nil {
		l.sink = sink.LocalAddr().(*net.UDPAddr).AddrPort()
		err = v.start()
	}
	if err != nil {
		l.stop()
		return nil, nil, err
	}
	return l, l.stop, nil
}

// endpoint is a simulated address; the place matters for wildcards only.
type endpoint struct {
	proto string
	at    Place
	addr  netip.AddrPort
}

// loopback is a probe.Network whose addresses lead to loopback ports. The real
// sockets are a named field and not embedded, so that what they can do beyond
// probe.Network (lifetimes, whole datagrams, TCP_INFO) can never reach a
// simulated address as if it were a real one.
type loopback struct {
	sockets  *socket.Net
	scenario Scenario
	roots    *x509.CertPool
	resolver net.Resolver
	held     []netip.Addr
	sink     netip.AddrPort // takes datagrams and says nothing

	mu        sync.Mutex
	mapped    map[endpoint]netip.AddrPort
	redirects map[uint16]netip.AddrPort // TCP ports from the LAN
	open      []io.Closer
	closed    bool
}

// lay makes a simulated address lead to a loopback port.
func (l *loopback) lay(e endpoint, port netip.AddrPort) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mapped[e] = port
}

// find gives the loopback port behind a simulated address.
func (l *loopback) find(e endpoint) (netip.AddrPort, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	port, ok := l.mapped[e]
	return port, ok
}

func (l *loopback) keep(c io.Closer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		c.Close()
		return
	}
	l.open = append(l.open, c)
}

func (l *loopback) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, c := range l.open {
		c.Close()
	}
	l.open = nil
}

// RTT is the round-trip time of this run.
func (l *loopback) RTT() *probe.RTT { return l.sockets.RTT() }

// Roots are the simulated computer's certificate authorities.
func (l *loopback) Roots() *x509.CertPool { return l.roots }

// closedPort is where nothing listens: port 1, tcpmux, of this computer.
var closedPort = netip.MustParseAddrPort("127.0.0.1:1")

// lead says where a simulated address leads, or false where packets vanish.
func (l *loopback) lead(proto string, to netip.AddrPort) (netip.AddrPort, bool) {
	local := slices.Contains(addrs(routerLAN+" "+routerLAN6), to.Addr())
	l.mu.Lock()
	port, redirected := l.redirects[to.Port()]
	l.mu.Unlock()
	if redirected && proto == "tcp" {
		return port, true
	}
	if l.vanishes(proto, to, local) {
		return netip.AddrPort{}, false
	}
	if port, ok := l.find(endpoint{proto, "", to}); ok {
		return port, true
	}
	known := local || slices.Contains(l.held, to.Addr()) ||
		slices.Contains(addrs(proxyIP+" "+directory1+" "+directory2+" "+providerDNS), to.Addr())
	return closedPort, known
}

func (l *loopback) vanishes(proto string, to netip.AddrPort, local bool) bool {
	return slices.ContainsFunc(l.scenario.Faults, func(f Fault) bool {
		switch f.Kind {
		case Drop:
			return !local && (f.Proto == "" || f.Proto == proto) && (f.Family == "" || (f.Family == "ip4") == to.Addr().Is4()) &&
				(len(f.Ports) == 0 || slices.Contains(f.Ports, to.Port())) &&
				(len(f.Addresses) == 0 || slices.Contains(f.Addresses, to.Addr()))
		case Portal:
			return !local && f.Mode != "dns"
		case Proxy:
			return f.Mode == "gone" && to.String() == proxyAddress
		}
		return false
	})
}

// DialTCP connects to what plays the address.
func (l *loopback) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	port, ok := l.lead("tcp", to)
	if !ok {
		<-ctx.Done()
		return nil, &probe.NetError{Op: "connect", Failure: probe.Timeout, Err: context.DeadlineExceeded}
	}
	c, err := l.sockets.DialTCP(ctx, port)
	if err != nil {
		return nil, disguise(err, to)
	}
	return loopConn{c, to, net.TCPAddrFromAddrPort(to)}, nil
}

// DialUDP connects to what plays the address.
func (l *loopback) DialUDP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	port, ok := l.lead("udp", to)
	if !ok {
		port = l.sink
	}
	c, err := l.sockets.DialUDP(ctx, port)
	if err != nil {
		return nil, disguise(err, to)
	}
	return loopConn{c, to, net.UDPAddrFromAddrPort(to)}, nil
}

// Resolve asks the simulated computer's name servers.
func (l *loopback) Resolve(ctx context.Context, network, host string) ([]netip.Addr, error) {
	list, err := l.resolver.LookupNetIP(ctx, network, absolute(host))
	for i := range list {
		list[i] = list[i].Unmap()
	}
	return list, err
}

// ResolveTXT asks the simulated computer's name servers for TXT records.
func (l *loopback) ResolveTXT(ctx context.Context, host string) ([]string, error) {
	return l.resolver.LookupTXT(ctx, absolute(host))
}

// absolute keeps the real computer's search list out.
func absolute(host string) string {
	if host == "" || host[len(host)-1] == '.' {
		return host
	}
	return host + "."
}

func (l *loopback) dialResolver(ctx context.Context, network, _ string) (net.Conn, error) {
	servers := l.scenario.resolvers()
	if len(servers) == 0 {
		return nil, errors.New("no name server is configured")
	}
	to := netip.AddrPortFrom(netip.MustParseAddr(servers[0]), 53)
	if network == "tcp" {
		port, _ := l.lead("tcp", to)
		return l.sockets.DialTCP(ctx, port)
	}
	// Go's resolver wants a connection that is also a net.PacketConn.
	port, ok := l.lead("udp", to)
	if !ok {
		port = l.sink
	}
	var d net.Dialer
	return d.DialContext(ctx, "udp", port.String())
}

// loopConn is a connection that seems to lead to the simulated address.
type loopConn struct {
	net.Conn
	to   netip.AddrPort
	addr net.Addr
}

func (c loopConn) RemoteAddr() net.Addr { return c.addr }

func (c loopConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	return n, disguise(err, c.to)
}

func (c loopConn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	return n, disguise(err, c.to)
}

// disguise lets an ICMP error come from the simulated address.
func disguise(err error, to netip.AddrPort) error {
	var e *probe.NetError
	if !errors.As(err, &e) || e.ICMP == nil {
		return err
	}
	mine, icmp := *e, *e.ICMP
	icmp.Offender, icmp.OwnHost = to.Addr(), false
	mine.ICMP = &icmp
	return &mine
}

// loopStack is one place's way to listen and connect.
type loopStack struct {
	l  *loopback
	at Place
}

func (s loopStack) key(proto string, addr netip.AddrPort) endpoint {
	if addr.Addr().IsUnspecified() || !addr.IsValid() {
		return endpoint{proto, s.at, addr}
	}
	return endpoint{proto, "", addr}
}

func (s loopStack) Listen(at netip.AddrPort) (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.l.keep(l)
	s.l.lay(s.key("tcp", at), l.Addr().(*net.TCPAddr).AddrPort())
	return keptListener{l, s.l}, nil
}

func (s loopStack) ListenPacket(at netip.AddrPort) (net.PacketConn, error) {
	c, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.MustParseAddrPort("127.0.0.1:0")))
	if err != nil {
		return nil, err
	}
	s.l.keep(c)
	s.l.lay(s.key("udp", at), c.LocalAddr().(*net.UDPAddr).AddrPort())
	return c, nil
}

func (s loopStack) Dial(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	port, ok := s.l.find(endpoint{network, "", to})
	if !ok {
		port = closedPort
	}
	var d net.Dialer
	return d.DialContext(ctx, network, port.String())
}

// keptListener remembers its connections, so that stop can end them.
type keptListener struct {
	net.Listener
	l *loopback
}

func (k keptListener) Accept() (net.Conn, error) {
	c, err := k.Listener.Accept()
	if err == nil {
		k.l.keep(c)
	}
	return c, err
}
