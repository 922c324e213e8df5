package socket

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// TestHandshakeIsAcknowledgedWithTheFirstData counts segments by TCP_INFO
// (tcpi_segs_out): the SYN alone, then the first data, and no bare
// acknowledgement between them.
func TestHandshakeIsAcknowledgedWithTheFirstData(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "[::1]"} {
		l, err := net.Listen("tcp", host+":0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		conn, err := New(Options{}).DialTCP(t.Context(), l.Addr().(*net.TCPAddr).AddrPort())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		// The kernel holds an acknowledgement back for 200 ms at most; a machine
		// that stops for longer than that sends one more.
		if sent := segmentsSent(t, conn); sent != 1 {
			t.Errorf("%s: %d segments sent when connected, want the SYN alone", host, sent)
		}
		if _, err := conn.Write([]byte("x")); err != nil {
			t.Fatal(err)
		}
		if sent := segmentsSent(t, conn); sent != 2 {
			t.Errorf("%s: %d segments sent after the first byte, want 2", host, sent)
		}
	}
}

func segmentsSent(t *testing.T, conn net.Conn) (n uint32) {
	t.Helper()
	raw, err := conn.(*tcpConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	err = raw.Control(func(fd uintptr) {
		info, infoErr := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO)
		if infoErr != nil {
			t.Error(infoErr)
			return
		}
		n = info.Segs_out
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}
