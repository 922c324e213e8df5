package socket

import (
	"net"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"wsdoctor/probe"
)

var _ probe.TCPInspector = (*Net)(nil)

// TCPInfo looks into a connection of DialTCP.
func (n *Net) TCPInfo(c net.Conn) (probe.TCPInfo, bool) {
	s, ok := c.(syscall.Conn)
	if !ok {
		return probe.TCPInfo{}, false
	}
	raw, err := s.SyscallConn()
	if err != nil {
		return probe.TCPInfo{}, false
	}
	var info *probe.TCPInfo
	err = raw.Control(func(fd uintptr) { info = infoOf(int(fd)) })
	if err != nil || info == nil {
		return probe.TCPInfo{}, false
	}
	return *info, true
}

// infoOf reads TCP_INFO (linux/tcp.h, struct tcp_info), nil if it cannot be had.
// The kernel counts the SYN as one of the bytes acknowledged (RFC 4898,
// tcpEStatsAppHCThruOctetsAcked), and each repeat as bytes sent.
func infoOf(fd int) *probe.TCPInfo {
	t, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return nil
	}
	i := &probe.TCPInfo{
		Sent: t.Bytes_sent - min(t.Bytes_retrans, t.Bytes_sent), Unsent: uint64(t.Notsent_bytes),
		Unacked: int(t.Unacked), Repeats: int(t.Total_retrans), Timeouts: int(t.Retransmits), Outstanding: int(t.Retrans),
		RTT: time.Duration(t.Rtt) * time.Microsecond,
	}
	if t.Bytes_acked > 0 {
		i.Acked = t.Bytes_acked - 1
	}
	return i
}
