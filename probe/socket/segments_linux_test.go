package socket

import (
	"net"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// The other end must be told, or its packets would be as large as ever.
func TestASmallSegmentSizeIsToldToTheOtherEnd(t *testing.T) {
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for _, mss := range []int{systemSegments, probe.SmallMSS} {
		c, err := New(Options{}).DialTCPSegments(t.Context(), netip.MustParseAddrPort(l.Addr().String()), mss)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte("x")); err != nil { // the handshake's last word travels with it
			t.Fatal(err)
		}
		l.SetDeadline(time.Now().Add(guard))
		far, err := l.AcceptTCP()
		if err != nil {
			t.Fatal(err)
		}
		defer far.Close()
		raw, err := far.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		var got int
		raw.Control(func(fd uintptr) { got, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_MAXSEG) })
		if small := got <= probe.SmallMSS; err != nil || small != (mss == probe.SmallMSS) {
			t.Errorf("asked for %d, the other end sends %d (%v)", mss, got, err)
		}
	}
}
