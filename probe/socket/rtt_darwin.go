package socket

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

var _ probe.RTTInspector = (*Net)(nil)

// SystemRTT is the round trip that the system's own TCP measured, in whole
// milliseconds (XNU, bsd/netinet/tcp.h, tcp_connection_info). Nothing is told of a
// shorter one, and of a connection that sent anything again.
func (n *Net) SystemRTT(c net.Conn) (rtt time.Duration, ok bool) {
	s, is := c.(syscall.Conn)
	if !is {
		return 0, false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return 0, false
	}
	err = raw.Control(func(fd uintptr) {
		i, err := unix.GetsockoptTCPConnectionInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_CONNECTION_INFO)
		if err == nil && i.Txretransmitpackets == 0 {
			rtt = time.Duration(i.Srtt) * time.Millisecond
		}
	})
	return rtt, err == nil && rtt > 0
}
