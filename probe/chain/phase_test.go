package chain_test

import (
	"context"
	"crypto/tls"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/chain"
	"wsdoctor/probe/chain/chaintest"
)

// ledger is a scripted TCP: what Inspect gives when asked first and later.
type ledger struct{ infos []probe.TCPInfo }

func (l *ledger) inspect() (probe.TCPInfo, bool) {
	i := l.infos[0]
	if len(l.infos) > 1 {
		l.infos = l.infos[1:]
	}
	return i, true
}

// swallowing reads everything and says nothing.
func swallowing(c net.Conn) {
	for b := make([]byte, 4096); ; {
		if _, err := c.Read(b); err != nil {
			return
		}
	}
}

func TestPhasesOfAHandshakeWithoutAnAnswer(t *testing.T) {
	const much = 10_000 // more than any ClientHello
	truth, lie := true, false
	closing := func(c net.Conn) { c.Read(make([]byte, 4096)); time.Sleep(3 * time.Millisecond) }
	for name, c := range map[string]struct {
		serve   func(net.Conn)
		infos   []probe.TCPInfo // nil: the system does not tell
		phase   probe.HelloPhase
		acked   *bool
		repeats int
		replied bool
	}{
		"nothing was acknowledged":             {swallowing, []probe.TCPInfo{{Repeats: 1}, {Sent: 280, Repeats: 4, Unacked: 1}}, probe.HelloUnacked, &lie, 3, false},
		"only a part was acknowledged":         {swallowing, []probe.TCPInfo{{}, {Sent: 280, Acked: 100}}, probe.HelloUnacked, &lie, 0, false},
		"acknowledged and not answered":        {swallowing, []probe.TCPInfo{{}, {Sent: much, Acked: much}}, probe.HelloUnanswered, &truth, 0, false},
		"a proxy had acknowledged the CONNECT": {swallowing, []probe.TCPInfo{{Sent: much, Acked: much}, {Sent: much + 280, Acked: much}}, probe.HelloUnacked, &lie, 0, false},
		"the CONNECT was still waiting":        {swallowing, []probe.TCPInfo{{Unsent: much}, {Sent: much + 280, Acked: much}}, probe.HelloUnacked, &lie, 0, false},
		"the system does not tell":             {swallowing, nil, "", nil, 0, false},
		"closed":                               {closing, []probe.TCPInfo{{}, {Acked: much}}, probe.HelloClosed, &truth, 0, false},
		"closed, and the system does not tell": {closing, nil, probe.HelloClosed, nil, 0, false},
		"a byte came back, then silence":       {func(c net.Conn) { closing(c); c.Write([]byte{22}); swallowing(c) }, []probe.TCPInfo{{}}, "", nil, 0, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client, server := net.Pipe()
				go func() { defer server.Close(); c.serve(server) }()
				ctx, cancel := context.WithTimeout(t.Context(), time.Second)
				defer cancel()
				var o chain.Options
				if c.infos != nil {
					o.Inspect = (&ledger{c.infos}).inspect
				}
				d, _, _, _ := chain.Handshake(ctx, client, host, nil, o)
				if d.Phase != c.phase || (d.HelloAcked == nil) != (c.acked == nil) || d.HelloAcked != nil && *d.HelloAcked != *c.acked || d.Retransmits != c.repeats {
					t.Errorf("%+v", d)
				}
				if (d.EndMS > 0) != (d.Phase == probe.HelloClosed) {
					t.Errorf("phase %s ended after %v ms", d.Phase, d.EndMS)
				}
				if d.HelloBytes < 100 || (d.ReplyBytes > 0) != c.replied {
					t.Errorf("%d bytes sent, %d came back", d.HelloBytes, d.ReplyBytes)
				}
			})
		})
	}
}

func TestAResetAfterTheHelloIsAPhase(t *testing.T) {
	for name, o := range map[string]chain.Options{"the system tells": {Inspect: (&ledger{[]probe.TCPInfo{{}}}).inspect}, "it does not": {}} {
		client, server := tcpPair(t)
		go func() { server.Read(make([]byte, 10)); server.(*net.TCPConn).SetLinger(0); server.Close() }()
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		d, outcome, failure, _ := chain.Handshake(ctx, client, host, nil, o)
		cancel()
		if outcome != probe.Failed || failure != probe.ConnectionReset || d.Phase != probe.HelloReset || (d.HelloAcked != nil) != (o.Inspect != nil) {
			t.Errorf("%s: %s %s %+v", name, outcome, failure, d)
		}
	}
}

// A small ClientHello fits the smallest segment IPv6 guarantees; a large one
// does not fit any Ethernet's.
func TestTheSizesOfAHello(t *testing.T) {
	authority := chaintest.New(t, amazon)
	for size, want := range map[probe.HelloSize]struct {
		least, most int
		hello       probe.HelloSize
	}{"": {100, 600, probe.HelloSmall}, probe.HelloSmall: {100, 600, probe.HelloSmall}, probe.HelloLarge: {1461, 2500, probe.HelloLarge}} {
		client, server := tcpPair(t)
		done := make(chan struct{})
		go func() {
			defer close(done)
			s := tls.Server(server, &tls.Config{Certificates: []tls.Certificate{authority.Issue(t, chaintest.Options{}, host)}})
			s.Handshake()
		}()
		d, outcome, failure, conn := chain.Handshake(t.Context(), client, host, authority.Pool(), chain.Options{Hello: size})
		<-done
		result{d, outcome, failure, conn}.want(t, probe.OK, "")
		if d.HelloBytes < want.least || d.HelloBytes > want.most || d.Hello != want.hello || d.Phase != "" || d.HelloAcked != nil || d.ReplyBytes == 0 {
			t.Errorf("%q: %+v", size, d)
		}
		t.Logf("%q: %d bytes", size, d.HelloBytes)
	}
}
