package probetest_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/probetest"
)

var at = netip.MustParseAddrPort("192.0.2.10:4172")

func TestSilenceLastsUntilTheContextEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := probetest.New().DialTCP(ctx, at)
		var failure *probe.NetError
		if !errors.As(err, &failure) || failure.Failure != probe.Timeout || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestSequenceTakesTurnsAndLastRepeats(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := probetest.New().On(probe.TCP, at.String(), probetest.Sequence(
			probetest.Refuse(time.Millisecond), probetest.Accept(0, func(c net.Conn) { probetest.Reset(c) })))
		if _, err := n.DialTCP(t.Context(), at); err == nil {
			t.Error("first socket was not refused")
		}
		for range 2 {
			c, err := n.DialTCP(t.Context(), at)
			if err != nil {
				t.Fatal(err)
			}
			var failure *probe.NetError
			if _, err := c.Read(make([]byte, 1)); !errors.As(err, &failure) || failure.Failure != probe.ConnectionReset {
				t.Errorf("after Reset: %v", err)
			}
		}
		if len(n.Sent()) != 3 {
			t.Errorf("sent %v", n.Sent())
		}
	})
}

func TestDatagramsAreAnsweredAfterTheDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		echo := func(b []byte) [][]byte { return [][]byte{b} }
		n := probetest.New().On(probe.UDP, at.String(), probetest.Answer(40*time.Millisecond, echo))
		c, err := n.DialUDP(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		c.Write([]byte("hello"))
		b := make([]byte, 16)
		if k, err := c.Read(b); err != nil || string(b[:k]) != "hello" || time.Since(start) != 40*time.Millisecond {
			t.Errorf("%q %v after %v", b[:k], err, time.Since(start))
		}
		c.SetReadDeadline(time.Now().Add(time.Second))
		var failure *probe.NetError
		if _, err := c.Read(b); !errors.As(err, &failure) || !failure.Timeout() {
			t.Errorf("deadline: %v", err)
		}
		time.AfterFunc(time.Second, func() { c.Close() })
		c.SetReadDeadline(time.Time{})
		if _, err := c.Read(b); !errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
			t.Errorf("closed: %v", err)
		}
	})
}
