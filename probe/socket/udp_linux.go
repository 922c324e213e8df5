package socket

import (
	"net"
	"syscall"

	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

// neverFromAfar are errors of a send that no ICMP message turns into, so that
// they are always this computer's own word. EACCES is not one: ICMPv6 1/1, 1/5
// and 1/6 give it.
var neverFromAfar = map[syscall.Errno]bool{unix.EPERM: true}

// prepareUDP runs before connect.
func prepareUDP(raw syscall.RawConn, v6 bool) error {
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = reliable(int(fd), v6) }); err != nil {
		return err
	}
	return failed
}

// finishUDP runs after connect.
func finishUDP(*net.UDPConn) {}

// queued empties the error queue of a connection, one of whose calls failed.
func queued(c *net.UDPConn, _ error) []*probe.NetError {
	raw, err := c.SyscallConn()
	if err != nil {
		return nil
	}
	var list []*probe.NetError
	_ = raw.Control(func(fd uintptr) {
		for _, e := range drain(int(fd)) {
			list = append(list, e.fault("receive"))
		}
	})
	return list
}
