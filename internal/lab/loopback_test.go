package lab

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v3"
	"go.uber.org/goleak"

	"wsdoctor/probe"
)

// loop gives a scenario's loopback network and checks at the end that nothing
// of it is left.
func loop(t *testing.T, faults ...Fault) probe.Network {
	t.Helper()
	leftover := goleak.IgnoreCurrent()
	n, stop, err := NewLoopback(Scenario{Faults: faults})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		goleak.VerifyNone(t, leftover)
	})
	return n
}

// page gets a path over TLS, by hand, as probers do.
func page(t *testing.T, n probe.Network, host, path string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	list, err := n.Resolve(ctx, "ip4", host)
	if err != nil {
		return "", err
	}
	c, err := n.DialTCP(ctx, netip.AddrPortFrom(list[0], 443))
	if err != nil {
		return "", err
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(2 * time.Second))
	s := tls.Client(c, &tls.Config{ServerName: host, RootCAs: n.Roots()})
	if _, err := io.WriteString(s, "GET "+path+" HTTP/1.1\r\nHost: "+host+"\r\nConnection: close\r\n\r\n"); err != nil {
		return "", err
	}
	b, err := io.ReadAll(s)
	return string(b), err
}

func TestLoopbackHealthy(t *testing.T) {
	n := loop(t)
	if got, err := page(t, n, brokerHost, "/ping"); err != nil || !strings.HasSuffix(got, "healthy") {
		t.Errorf("broker: %q, %v", got, err)
	}
	ctx := t.Context()
	if list, err := n.Resolve(ctx, "ip6", health6Host); err != nil || len(list) != 1 || list[0] != health[6] {
		t.Errorf("health host: %v, %v", list, err)
	}
	c, err := n.DialUDP(ctx, netip.AddrPortFrom(health[0], 4172))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	q := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
	if _, err := c.Write(q.Raw); err != nil {
		t.Fatal(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(2 * time.Second))
	b := make([]byte, 500)
	size, err := c.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	m := &stun.Message{Raw: b[:size]}
	var mapped stun.XORMappedAddress
	if m.Decode() != nil || mapped.GetFrom(m) != nil || mapped.IP.String() != publicIP {
		t.Errorf("mapped address %v", mapped)
	}
	if got := c.RemoteAddr().String(); got != "3.209.215.252:4172" {
		t.Errorf("the connection seems to lead to %s", got)
	}
}

func TestLoopbackFaults(t *testing.T) {
	gateway := netip.AddrPortFrom(health[0], 4172)
	t.Run("refused", func(t *testing.T) {
		n := loop(t, Fault{Kind: Closed, Ports: pcoip})
		_, err := n.DialTCP(t.Context(), gateway)
		var e *probe.NetError
		if !errors.As(err, &e) || e.Failure != probe.ConnectionRefused || e.ICMP != nil && e.ICMP.OwnHost {
			t.Errorf("got %v", err)
		}
	})
	t.Run("silent", func(t *testing.T) {
		n := loop(t, Fault{Kind: Drop, Where: Firewall, Ports: pcoip})
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err := n.DialTCP(ctx, gateway)
		var e *probe.NetError
		if !errors.As(err, &e) || e.Failure != probe.Timeout {
			t.Errorf("TCP: %v", err)
		}
		if c, err := n.DialTCP(t.Context(), netip.AddrPortFrom(health[0], 4195)); err != nil {
			t.Errorf("the other port: %v", err)
		} else {
			c.Close()
		}
	})
	t.Run("nxdomain", func(t *testing.T) {
		n := loop(t, Fault{Kind: DNS, Where: Router, Mode: "nxdomain"})
		if _, err := page(t, n, brokerHost, "/"); err == nil || !strings.Contains(err.Error(), "no such host") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("interception", func(t *testing.T) {
		n := loop(t, Fault{Kind: Intercept})
		_, err := page(t, n, brokerHost, "/ping")
		var bad *tls.CertificateVerificationError
		if !errors.As(err, &bad) || !strings.Contains(bad.UnverifiedCertificates[0].Issuer.CommonName, "Contoso") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("trusted interception", func(t *testing.T) {
		n := loop(t, Fault{Kind: Intercept, Mode: "trusted"})
		if got, err := page(t, n, brokerHost, "/ping"); err != nil || !strings.HasSuffix(got, "healthy") {
			t.Errorf("%q, %v", got, err)
		}
	})
	t.Run("portal", func(t *testing.T) {
		n := loop(t, Fault{Kind: Portal, Mode: "redirect"})
		c, err := n.DialTCP(t.Context(), netip.MustParseAddrPort("13.225.79.21:80"))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = io.WriteString(c, "GET / HTTP/1.0\r\nHost: "+clientsHost+"\r\n\r\n")
		if b, _ := io.ReadAll(c); !strings.Contains(string(b), "302 Found") || !strings.Contains(string(b), portalHost) {
			t.Errorf("got %q", b)
		}
	})
	t.Run("proxy login", func(t *testing.T) {
		n := loop(t, Fault{Kind: Proxy, Mode: "auth"})
		c, err := n.DialTCP(t.Context(), netip.MustParseAddrPort(proxyAddress))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		_, _ = io.WriteString(c, "CONNECT "+brokerHost+":443 HTTP/1.1\r\nHost: "+brokerHost+":443\r\n\r\n")
		if b, _ := io.ReadAll(c); !strings.HasPrefix(string(b), "HTTP/1.1 407 ") {
			t.Errorf("got %q", b)
		}
	})
	t.Run("reset after the greeting", func(t *testing.T) {
		n := loop(t, Fault{Kind: Web, Where: AWS, Mode: "reset"})
		if _, err := page(t, n, brokerHost, "/"); err == nil || !strings.Contains(err.Error(), "reset") && !strings.Contains(err.Error(), "forcibly closed") {
			t.Errorf("got %v", err)
		}
	})
}

func TestEveryLoopbackScenarioStarts(t *testing.T) {
	count := 0
	for _, s := range trials() {
		if !s.Loopback {
			continue
		}
		count++
		t.Run(s.Name, func(t *testing.T) { loop(t, s.Faults...) })
		if f := s.Facts(); len(f.Resolvers.Servers) == 0 || !f.HasIPv4 {
			t.Errorf("%s: the simulated computer is not connected: %+v", s.Name, f)
		}
	}
	if count < 20 {
		t.Errorf("only %d scenarios can be shown on loopback", count)
	}
}

// The abilities of the real sockets beyond probe.Network take real addresses: a
// simulated one given to them would leave this computer.
func TestLoopbackHidesWhatWouldLeaveIt(t *testing.T) {
	n, stop, err := NewLoopback(Scenario{})
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if _, can := n.(probe.HopAsker); can {
		t.Error("packets with a limited lifetime would go to real addresses")
	}
	if _, can := n.(probe.UDPDialer); can {
		t.Error("datagrams with options would go to real addresses")
	}
}
