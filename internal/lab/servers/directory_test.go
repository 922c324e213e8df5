package servers

import (
	"bytes"
	"context"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/beevik/ntp"
	goldap "github.com/go-ldap/ldap/v3"
	"github.com/miekg/dns"

	"wsdoctor/probe"
	"wsdoctor/probe/ldap"
	prober "wsdoctor/probe/ntp"
	"wsdoctor/probe/probetest"
	"wsdoctor/probe/socket"
)

// loopback is a Stack on this computer's loopback, of whatever address it is
// asked for: on chooses the ports.
type loopback struct {
	t  testing.TB
	at map[string]netip.AddrPort // by network, where it really listens
}

func (l loopback) Listen(netip.AddrPort) (net.Listener, error) {
	s, err := new(net.ListenConfig).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err == nil {
		l.t.Cleanup(func() { s.Close() })
		l.at["tcp"] = s.Addr().(*net.TCPAddr).AddrPort()
	}
	return s, err
}

func (l loopback) ListenPacket(netip.AddrPort) (net.PacketConn, error) {
	s, err := new(net.ListenConfig).ListenPacket(context.Background(), "udp", "127.0.0.1:0")
	if err == nil {
		l.t.Cleanup(func() { s.Close() })
		l.at["udp"] = s.LocalAddr().(*net.UDPAddr).AddrPort()
	}
	return s, err
}

func (l loopback) Dial(ctx context.Context, network string, to netip.AddrPort) (net.Conn, error) {
	return new(net.Dialer).DialContext(ctx, network, to.String())
}

// target points a prober at a server.
func (l loopback) target(transport probe.Transport) probe.Target {
	at := l.at[string(transport)]
	return probe.Target{Host: "dc1.corp.example.com", Port: at.Port(), Transport: transport, Domain: "corp.example.com", Addresses: []netip.Addr{at.Addr().Unmap()}}
}

func serveDirectory(t testing.TB, d Directory) loopback {
	t.Helper()
	l := loopback{t, map[string]netip.AddrPort{}}
	d.Stack, d.Host, d.Domain = l, "dc1.corp.example.com", "corp.example.com"
	if err := d.Serve(netip.AddrPort{}); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestDirectoryIsADomainControllerToTheProber(t *testing.T) {
	l := serveDirectory(t, Directory{Ahead: 7 * time.Minute, Site: "Berlin"})
	for transport, site := range map[probe.Transport]string{probe.TCP: "", probe.UDP: "Berlin"} {
		o := ldap.Prober{}.Probe(t.Context(), socket.New(socket.Options{}), l.target(transport))[0]
		d := o.Detail.(probe.LDAPDetail)
		if o.Outcome != probe.OK || d.Host != "dc1.corp.example.com" || d.Domain != "corp.example.com" || d.Site != site || d.Error != "" {
			t.Errorf("%+v", o)
		}
		if transport == probe.TCP && (d.ClockMS == nil || *d.ClockMS < -420_000 || *d.ClockMS > -390_000) {
			t.Errorf("clock: %+v", d)
		}
	}
}

// A real client is a second opinion.
func TestDirectoryIsAServerToAnLDAPClient(t *testing.T) {
	l := serveDirectory(t, Directory{})
	c, err := goldap.DialURL("ldap://" + l.at["tcp"].String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	root := func(base string) (*goldap.SearchResult, error) {
		return c.Search(goldap.NewSearchRequest(base, goldap.ScopeBaseObject, goldap.NeverDerefAliases, 0, 0, false, "(objectClass=*)", nil, nil))
	}
	if err := c.UnauthenticatedBind(""); err != nil {
		t.Errorf("anonymous bind: %v", err)
	}
	if err := c.Bind("CN=somebody", "secret"); !goldap.IsErrorWithCode(err, goldap.LDAPResultInvalidCredentials) {
		t.Errorf("bind with a password: %v", err)
	}
	r, err := root("")
	if err != nil || len(r.Entries) != 1 || r.Entries[0].GetAttributeValue("ldapServiceName") != "corp.example.com:dc1$@CORP.EXAMPLE.COM" || len(r.Entries[0].GetAttributeValues("supportedLDAPVersion")) != 2 {
		t.Errorf("%v, %v", r, err)
	}
	if _, err := root("DC=corp,DC=example,DC=com"); !goldap.IsErrorWithCode(err, goldap.LDAPResultOperationsError) {
		t.Errorf("a search without credentials: %v", err)
	}
	if err := c.StartTLS(nil); !goldap.IsErrorWithCode(err, goldap.LDAPResultProtocolError) {
		t.Errorf("StartTLS: %v", err)
	}
}

func TestDirectoryMisbehavesAsAsked(t *testing.T) {
	seen := map[string]bool{}
	for mode, want := range map[string]struct{ tcp, udp probe.Failure }{
		"mute":    {probe.Timeout, probe.Timeout},
		"busy":    {"", ""},
		"garbage": {probe.MalformedReply, probe.MalformedReply},
		"endless": {probe.ReplyTooLarge, probe.MalformedReply},
	} {
		seen[mode] = true
		d := Directory{Mode: mode}
		for transport, failure := range map[probe.Transport]probe.Failure{probe.TCP: want.tcp, probe.UDP: want.udp} {
			synctest.Test(t, func(t *testing.T) {
				at := netip.MustParseAddrPort("172.16.0.10:389")
				n := probetest.New().On(probe.TCP, at.String(), probetest.Accept(0, d.Client))
				n.On(probe.UDP, at.String(), probetest.Answer(0, func(b []byte) [][]byte {
					if reply := d.Datagram(b, somebody); reply != nil {
						return [][]byte{reply}
					}
					return nil
				}))
				o := ldap.Prober{}.Probe(t.Context(), n, probe.Target{Port: 389, Transport: transport, Addresses: []netip.Addr{at.Addr()}})[0]
				if d := o.Detail.(probe.LDAPDetail); o.Failure != failure || d.Host != "" {
					t.Errorf("%s over %s: %+v", mode, transport, o)
				}
			})
		}
	}
	for _, mode := range DirectoryModes() {
		if !seen[mode] {
			t.Errorf("mode %s is not tested", mode)
		}
	}
}

func TestDirectoryAnswersForItsOwnDomainOnly(t *testing.T) {
	l := serveDirectory(t, Directory{})
	for domain, host := range map[string]string{"": "dc1.corp.example.com", "CORP.Example.com.": "dc1.corp.example.com", "other.example": ""} {
		at := l.target(probe.UDP)
		at.Domain = domain
		o := ldap.Prober{}.Probe(t.Context(), socket.New(socket.Options{}), at)[0]
		if d := o.Detail.(probe.LDAPDetail); o.Outcome != probe.OK || d.Host != host {
			t.Errorf("%q: %+v", domain, o)
		}
	}
}

func TestNTPTellsItsClock(t *testing.T) {
	for name, test := range map[string]struct {
		clock   Clock
		outcome probe.Outcome
		client  error
	}{
		"ahead":          {Clock{Ahead: 7 * time.Minute}, probe.OK, nil},
		"behind":         {Clock{Ahead: -time.Hour, Stratum: 1}, probe.OK, nil},
		"kiss-o'-death":  {Clock{Kiss: "DENY"}, probe.Failed, ntp.ErrKissOfDeath},
		"unsynchronised": {Clock{Unsynchronised: true}, probe.Failed, ntp.ErrInvalidLeapSecond},
	} {
		l := loopback{t, map[string]netip.AddrPort{}}
		if err := ServeUDP(l, netip.AddrPort{}, NTP(test.clock)); err != nil {
			t.Fatal(err)
		}
		r, err := ntp.Query(l.at["udp"].String())
		if err != nil || r.Validate() != test.client || (r.ClockOffset-test.clock.Ahead).Abs() > 10*time.Second {
			t.Errorf("%s: %v, %v, %v", name, r, err, r.Validate())
		}
		o := prober.Prober{}.Probe(t.Context(), socket.New(socket.Options{}), l.target(probe.UDP))[0]
		d := o.Detail.(probe.NTPDetail)
		if o.Outcome != test.outcome || (d.ClockMS != nil) != (o.Outcome == probe.OK) {
			t.Errorf("%s: %+v", name, o)
		}
		if d.ClockMS != nil && (time.Duration(*d.ClockMS*1e6)+test.clock.Ahead).Abs() > 10*time.Second {
			t.Errorf("%s: %v ms", name, *d.ClockMS)
		}
	}
	for _, q := range [][]byte{nil, make([]byte, 47), make([]byte, 48), append([]byte{0x24}, make([]byte, 47)...), append([]byte{0x3b}, make([]byte, 47)...)} {
		if got := NTP(Clock{})(q, somebody); got != nil {
			t.Errorf("%x was answered", q)
		}
	}
}

func TestNetlogonNamesAreCompressedAsTheDNSLibraryReadsThem(t *testing.T) {
	d := Directory{Host: "dc1.corp.example.com", Domain: "corp.example.com"}
	q := goldapPing(t, "corp.example.com")
	reply := d.Datagram(q, somebody)
	at := bytes.Index(reply, []byte("simulated domain"))
	if at < 0 {
		t.Fatalf("%x", reply)
	}
	value := reply[at-8:]
	off := 24
	for _, want := range []string{"corp.example.com.", "corp.example.com.", "dc1.corp.example.com.", "CORP.", "DC1.", ".", "Default-First-Site-Name.", "Default-First-Site-Name."} {
		name, next, err := dns.UnpackDomainName(value, off)
		if err != nil || name != want {
			t.Fatalf("at %d: %q, %v, want %q", off, name, err, want)
		}
		off = next
	}
	if !bytes.HasPrefix(value[off:], []byte{5, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}) || len(value) > 400 {
		t.Errorf("ends in %x", value[off:])
	}
}

// goldapPing writes a netlogon search with the library.
func goldapPing(t testing.TB, domain string) []byte {
	t.Helper()
	near, far := net.Pipe()
	defer far.Close()
	c := goldap.NewConn(near, false)
	c.Start()
	defer c.Close()
	go func() {
		_, _ = c.Search(goldap.NewSearchRequest("", goldap.ScopeBaseObject, goldap.NeverDerefAliases, 0, 0, false, `(&(DnsDomain=`+domain+`)(NtVer=\06\00\00\00))`, []string{"Netlogon"}, nil))
	}()
	b := make([]byte, 1024)
	n, err := far.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return b[:n]
}

func FuzzDirectory(f *testing.F) {
	f.Add(goldapPing(f, "corp.example.com"))
	f.Add(goldapPing(f, "other.example"))
	f.Add([]byte("0\x05\x02\x01\x01\x42\x00"))
	f.Add([]byte("0\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00"))
	d := Directory{Host: "dc1.corp.example.com", Domain: "corp.example.com"}
	f.Fuzz(func(t *testing.T, b []byte) {
		if reply := d.Datagram(b, somebody); len(reply) > 1024 {
			t.Errorf("%d bytes for %d", len(reply), len(b))
		}
	})
}

func FuzzNTP(f *testing.F) {
	f.Add(append([]byte{0x23}, make([]byte, 47)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if reply := NTP(Clock{})(b, somebody); reply != nil && len(reply) > len(b) {
			t.Errorf("%d bytes for %d: an amplifier", len(reply), len(b))
		}
	})
}
