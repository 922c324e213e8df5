package socket

import (
	"net"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"

	"wsdoctor/probe"
)

var _ probe.RTTInspector = (*Net)(nil)

// SystemRTT is the round trip that the system's own TCP measured.
func (n *Net) SystemRTT(c net.Conn) (rtt time.Duration, ok bool) {
	s, is := c.(syscall.Conn)
	if !is {
		return 0, false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return 0, false
	}
	var info [tcpInfoSize]byte
	size, version := uint32(0), uint32(0)
	err = raw.Control(func(fd uintptr) {
		if windows.WSAIoctl(
			windows.Handle(fd),
			winTCPInfo,
			(*byte)(unsafe.Pointer(&version)),
			uint32(unsafe.Sizeof(version)),
			&info[0],
			tcpInfoSize,
			&size,
			nil,
			0,
		) == nil {
			rtt, ok = handshakeRTT(info[:min(size, tcpInfoSize)])
		}
	})
	return rtt, ok && err == nil
}
