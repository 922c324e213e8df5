package servers

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// anyPort listens on loopback, at a port that the system chooses.
type anyPort struct{ listeners []net.Listener }

func (s *anyPort) Listen(netip.AddrPort) (net.Listener, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	s.listeners = append(s.listeners, l)
	return l, err
}

func (s *anyPort) ListenPacket(netip.AddrPort) (net.PacketConn, error) {
	return net.ListenPacket("udp", "127.0.0.1:0")
}

func (s *anyPort) Dial(context.Context, string, netip.AddrPort) (net.Conn, error) {
	return nil, io.EOF // nobody is upstream
}

func TestMetadataWantsTheTokenItGave(t *testing.T) {
	s := &anyPort{}
	if err := Metadata(s, netip.AddrPort{}, "us-east-1", 7*time.Minute); err != nil {
		t.Fatal(err)
	}
	defer s.listeners[0].Close()
	ask := func(method, path, key, value string) (int, string, time.Duration) {
		r, err := http.NewRequest(method, "http://"+s.listeners[0].Addr().String()+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		if key != "" {
			r.Header.Set(key, value)
		}
		reply, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer reply.Body.Close()
		b, _ := io.ReadAll(reply.Body)
		at, err := http.ParseTime(reply.Header.Get("Date"))
		if err != nil {
			t.Error(err)
		}
		return reply.StatusCode, string(b), time.Until(at).Round(time.Minute)
	}
	if code, _, _ := ask("GET", "/latest/meta-data/", "", ""); code != http.StatusUnauthorized {
		t.Errorf("without a token: %d", code)
	}
	if code, _, _ := ask("PUT", "/latest/api/token", "", ""); code != http.StatusBadRequest {
		t.Errorf("a token without a lifetime: %d", code)
	}
	_, given, _ := ask("PUT", "/latest/api/token", "X-aws-ec2-metadata-token-ttl-seconds", "21600")
	if code, text, ahead := ask("GET", "/latest/meta-data/", "X-aws-ec2-metadata-token", given); code != http.StatusOK || text == "" || ahead != 7*time.Minute {
		t.Errorf("with a token: %d %q, clock %v ahead", code, text, ahead)
	}
}

func TestNameServerKeepsItsOwnDomainAndForwardsTheRest(t *testing.T) {
	d := &DNS{
		Stack: &anyPort{}, Own: "corp.example.com", Forward: netip.MustParseAddrPort("192.0.2.53:53"),
		Zone: Zone{Hosts: map[string][]netip.Addr{"dc1.corp.example.com": {netip.MustParseAddr("10.0.0.1")}}},
	}
	for name, want := range map[string][]int{
		"dc1.corp.example.com.":     {dns.RcodeSuccess},
		"DC1.Corp.Example.Com.":     {dns.RcodeSuccess},
		"nowhere.corp.example.com.": {dns.RcodeNameError},
		"othercorp.example.com.":    nil, // asked of an upstream that is not there
	} {
		w := &heard{}
		d.ServeDNS(w, new(dns.Msg).SetQuestion(name, dns.TypeA))
		if !slices.Equal(w.codes, want) {
			t.Errorf("%s: %v, want %v", name, w.codes, want)
		}
	}
}

// heard remembers the codes of what a name server answered.
type heard struct {
	dns.ResponseWriter
	codes []int
}

func (h *heard) RemoteAddr() net.Addr { return &net.UDPAddr{} }

func (h *heard) WriteMsg(m *dns.Msg) error { h.codes = append(h.codes, m.Rcode); return nil }
