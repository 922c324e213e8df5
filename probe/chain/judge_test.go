package chain

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/chain/chaintest"
)

// slowly is a system's store that takes its time to judge.
func slowly(takes time.Duration) judge {
	return func(d *probe.TLSDetail, presented []*x509.Certificate, name string, roots *x509.CertPool, now time.Time) (probe.Failure, error) {
		time.Sleep(takes)
		return assess(d, presented, name, roots, now)
	}
}

// patientConn is a pipe's end whose writes do not wait for the reader, as those of a
// socket.
type patientConn struct {
	net.Conn
	queue chan []byte
}

func newPatient(c net.Conn) *patientConn {
	p := &patientConn{c, make(chan []byte, 16)}
	go func() {
		for b := range p.queue {
			if _, err := c.Write(b); err != nil {
				return
			}
		}
	}()
	return p
}

func (p *patientConn) Write(b []byte) (int, error) {
	p.queue <- append([]byte(nil), b...)
	return len(b), nil
}

func (p *patientConn) Close() error {
	close(p.queue)
	return p.Conn.Close()
}

// TestASlowStoreIsNoSlowNetwork: how long this computer takes to judge a chain is no
// part of the network's time, and a judgement that does not come is none.
func TestASlowStoreIsNoSlowNetwork(t *testing.T) {
	const host, network = "broker.example", time.Second
	for name, test := range map[string]struct {
		store   time.Duration
		server  time.Duration // until it answers the ClientHello
		stop    time.Duration // when the user interrupts the run; 0 for never
		outcome probe.Outcome
		failure probe.Failure
		after   time.Duration
		root    probe.RootVerdict
	}{
		"slower than the network may be":        {2 * time.Second, 0, 0, probe.OK, "", 2 * time.Second, probe.RootOther},
		"and the network used most of its time": {2 * time.Second, 900 * time.Millisecond, 0, probe.OK, "", 2900 * time.Millisecond, probe.RootOther},
		"it never says":                         {time.Minute, 0, 0, probe.NotRun, probe.TLSUnjudged, judgePatience, probe.RootUnknown},
		"the user does not wait for it":         {time.Minute, 0, time.Second, probe.NotRun, "", time.Second, probe.RootUnknown},
		"quick, and the network is slow":        {0, 3 * time.Second, 0, probe.Silent, probe.Timeout, network, probe.RootUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				authority := chaintest.New(t, pkix.Name{CommonName: "Contoso Web Inspection"})
				certificate := authority.Issue(t, chaintest.Options{}, host)
				client, far := net.Pipe()
				server := newPatient(far)
				go func() {
					defer server.Close()
					time.Sleep(test.server)
					s := tls.Server(server, &tls.Config{Certificates: []tls.Certificate{certificate}})
					if s.Handshake() == nil {
						s.Read(make([]byte, 1))
					}
				}()
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.stop > 0 {
					time.AfterFunc(test.stop, cancel)
				}
				start := time.Now()
				d, outcome, failure, secured := Handshake(ctx, client, host, authority.Pool(), Options{Patience: network, judge: slowly(test.store)})
				if took := time.Since(start); outcome != test.outcome || failure != test.failure || took != test.after || (secured != nil) != (outcome == probe.OK) {
					t.Errorf("%s %q (%s) after %v", outcome, failure, d.Error, took)
				}
				if d.Root != test.root || d.SystemTrust != (outcome == probe.OK) {
					t.Errorf("root %s, trusted %v", d.Root, d.SystemTrust)
				}
				if presented := test.server < network; (len(d.Chain) == 1) != presented || d.HostnameFits != presented || (d.ReplyBytes > 0) != presented {
					t.Errorf("what was presented: %+v", d)
				}
				client.Close()
				time.Sleep(time.Minute) // the store ends, though nobody waits
			})
		})
	}
}
