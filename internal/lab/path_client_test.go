//go:build linux

package lab

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// option is a socket option as the instruments set it: for IPv4 and for IPv6.
type option struct{ v4, v6, value int }

// offender sends to a port and reads who complained from the error queue.
func offender(network, to string, payload []byte, options ...option) string {
	family, level, column := unix.AF_INET, unix.IPPROTO_IP, func(o option) int { return o.v4 }
	addr, _ := net.ResolveUDPAddr("udp", to)
	var sa unix.Sockaddr = &unix.SockaddrInet4{Port: addr.Port, Addr: [4]byte(addr.IP.To16()[12:])}
	if addr.IP.To4() == nil {
		family, level, column = unix.AF_INET6, unix.IPPROTO_IPV6, func(o option) int { return o.v6 }
		sa = &unix.SockaddrInet6{Port: addr.Port, Addr: [16]byte(addr.IP)}
	}
	kind := unix.SOCK_DGRAM
	if network == "tcp" {
		kind = unix.SOCK_STREAM
	}
	fd, err := unix.Socket(family, kind|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return errorWord(err)
	}
	defer unix.Close(fd)
	for _, o := range append(options, option{unix.IP_RECVERR, unix.IPV6_RECVERR, 1}) {
		if err := unix.SetsockoptInt(fd, level, column(o), o.value); err != nil {
			return errorWord(err)
		}
	}
	err = unix.Connect(fd, sa)
	if network == "udp" && err == nil {
		err = unix.Send(fd, append([]byte("x"), payload...), 0)
	}
	if err != nil && err != unix.EINPROGRESS {
		return errorWord(err)
	}
	poll := []unix.PollFd{{Fd: int32(fd)}}
	if network == "tcp" {
		poll[0].Events = unix.POLLOUT
	}
	for until := time.Now().Add(shortPatience); ; {
		n, err := unix.Poll(poll, int(max(time.Until(until), 0)/time.Millisecond))
		if err == unix.EINTR { // the Go runtime interrupts its own threads
			continue
		}
		if err != nil {
			return errorWord(err)
		}
		if n == 0 {
			return "silence"
		}
		break
	}
	oob := make([]byte, 512)
	_, n, _, _, err := unix.Recvmsg(fd, make([]byte, 2048), oob, unix.MSG_ERRQUEUE)
	if err != nil {
		errno, _ := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ERROR)
		if errno == 0 {
			return "ok"
		}
		return errorWord(syscall.Errno(errno))
	}
	messages, err := unix.ParseSocketControlMessage(oob[:n])
	if err != nil || len(messages) == 0 {
		return "no message"
	}
	d := messages[0].Data // struct sock_extended_err, then the offender's sockaddr
	from := net.IP(d[20:24])
	if family == unix.AF_INET6 {
		from = d[24:40]
	}
	said := fmt.Sprintf("%d/%d", d[5], d[6])
	if mtu := binary.NativeEndian.Uint32(d[8:]); mtu > 0 {
		said += fmt.Sprintf(" mtu %d", mtu)
	}
	return said + " from " + from.String()
}

// limited sends with a TTL.
func limited(network, to, ttl string) string {
	n, err := strconv.Atoi(ttl)
	if err != nil {
		return err.Error()
	}
	return offender(network, to, nil, option{unix.IP_TTL, unix.IPV6_UNICAST_HOPS, n})
}

// sized sends an IP packet of that many bytes that nobody may take apart.
func sized(to, size string) string {
	n, err := strconv.Atoi(size)
	if err != nil {
		return err.Error()
	}
	headers := 28
	if strings.Contains(to, "[") {
		headers = 48
	}
	return offender("udp", to, make([]byte, n-headers-1), option{unix.IP_MTU_DISCOVER, unix.IPV6_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE})
}

// flood sends datagrams without a break and says what the senders were told and
// how many packets the interface counted.
func flood(to string) string {
	count := packetsSent
	c, err := net.Dial("udp", to)
	if err != nil {
		return errorWord(err)
	}
	defer c.Close()
	_, _ = c.Write([]byte("x")) // resolves the router's address
	time.Sleep(20 * time.Millisecond)
	const datagrams = 24
	before, said := count(), "ok"
	for range datagrams {
		if _, err := c.Write([]byte("x")); err != nil {
			said = errorWord(err)
		}
	}
	time.Sleep(20 * time.Millisecond)
	left := "left"
	if count()-before < datagrams {
		left = "kept"
	}
	return said + " " + left
}

// packetsSent is the packet counter of the client's interface.
func packetsSent() int {
	b, _ := os.ReadFile("/sys/class/net/" + clientLink + "/statistics/tx_packets")
	n, _ := strconv.Atoi(strings.TrimSpace(string(b)))
	return n
}

// others waits half a second and says how many packets left meanwhile: none to
// speak of, some, or many.
func others() string {
	before := packetsSent()
	time.Sleep(500 * time.Millisecond)
	switch n := packetsSent() - before; {
	case n < 10:
		return "few"
	case n < 100:
		return "some"
	}
	return "many"
}

// acknowledged says whether the other end takes data of a connection that stands.
func acknowledged(to string) string {
	c, err := net.DialTimeout("tcp", to, shortPatience)
	if err != nil {
		return errorWord(err)
	}
	defer c.Close()
	raw, err := c.(*net.TCPConn).SyscallConn()
	if err != nil {
		return errorWord(err)
	}
	if _, err := c.Write([]byte{0}); err != nil {
		return errorWord(err)
	}
	answer := "silence"
	for end := time.Now().Add(shortPatience); answer == "silence" && time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if err := raw.Control(func(fd uintptr) {
			if info, err := unix.GetsockoptTCPInfo(int(fd), unix.IPPROTO_TCP, unix.TCP_INFO); err == nil && info.Unacked == 0 {
				answer = "ok"
			}
		}); err != nil {
			return errorWord(err)
		}
	}
	return answer
}

// resent says what the kernel counts of a SYN that was sent again after a
// second: retransmissions tried, and packets of them that it could send.
func resent(to string) string {
	addr, _ := net.ResolveTCPAddr("tcp", to)
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return errorWord(err)
	}
	defer unix.Close(fd)
	_ = unix.Connect(fd, &unix.SockaddrInet4{Port: addr.Port, Addr: [4]byte(addr.IP.To4())})
	time.Sleep(1300 * time.Millisecond)
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return errorWord(err)
	}
	return fmt.Sprintf("%d tried %d sent", info.Retransmits, info.Retrans)
}
