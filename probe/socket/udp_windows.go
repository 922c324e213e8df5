package socket

import (
	"net"
	"unsafe"

	"golang.org/x/sys/windows"
)

// finishUDP lets Windows report ICMP port unreachable and time exceeded on this
// socket (WSAECONNRESET, WSAENETRESET), which package net switches off. Where
// the system refuses, a closed port looks silent, which proves nothing.
func finishUDP(c *net.UDPConn) {
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		for _, control := range []uint32{windows.SIO_UDP_CONNRESET, windows.SIO_UDP_NETRESET} {
			on, size := uint32(1), uint32(0)
			_ = windows.WSAIoctl(windows.Handle(fd), control, (*byte)(unsafe.Pointer(&on)), uint32(unsafe.Sizeof(on)), nil, 0, &size, nil, 0)
		}
	})
}
