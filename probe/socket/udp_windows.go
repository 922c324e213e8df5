package socket

import "net"

// finishUDP lets Windows report ICMP port unreachable and time exceeded on this
// socket (WSAECONNRESET, WSAENETRESET), which package net switches off. Where
// the system refuses, a closed port looks silent, which proves nothing.
func finishUDP(c *net.UDPConn) {
	raw, err := c.SyscallConn()
	if err != nil {
		return
	}
	_ = raw.Control(func(fd uintptr) {
		for _, code := range []uint32{winUDPConnReset, winUDPNetReset} {
			_ = handle(fd).control(code, []byte{winOn, 0, 0, 0})
		}
	})
}
