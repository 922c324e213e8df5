package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"wsdoctor/internal/lab/netns"
)

// toward narrows a filter to the packets of one direction.
func (n *network) toward(f Fault, r netns.Rule) (netns.Rule, error) {
	if f.Toward == "" {
		return r, nil
	}
	in := n.topology.inward[f.Where]
	away, home := "aws", "client"
	switch {
	case !slices.Contains([]string{away, home}, f.Toward):
		return r, fmt.Errorf("no direction is called %q", f.Toward)
	case f.Where == n.topology.runs && f.Toward == home: // what a computer says to itself is another matter
		r.Hook, r.In = netns.Input, n.topology.link
	case f.Where == n.topology.runs:
		r.Hook, r.Out = netns.Output, n.topology.link
	case in == "" && f.Toward == away:
		r.Hook = netns.Input
	case in == "":
		r.Hook = netns.Output
	case f.Toward == away:
		r.In = in
	case r.Hook == netns.Prerouting:
		return r, errors.New("what arrives on its way to the client cannot be told apart yet")
	default:
		r.Out = in
	}
	return r, nil
}

// answersOnly discards the ICMP errors about the other protocol.
func answersOnly(n *network, f Fault) error {
	other := map[string]string{"tcp": "udp", "udp": "tcp"}[f.Proto]
	if other == "" {
		return fmt.Errorf("no protocol is called %q", f.Proto)
	}
	return n.space[f.Where].Filter(
		netns.Rule{Hook: netns.Output, Family: f.Family, ICMPErrors: true, Quoting: other, Action: netns.Drop},
	)
}

func otherAddress(n *network, f Fault) error {
	for _, a := range f.Addresses {
		if err := n.space[f.Where].AddAddress("lo", netip.PrefixFrom(a, a.BitLen()).String()); err != nil {
			return err
		}
		if err := n.space[f.Where].SpeakAs(n.topology.inward[f.Where], a.AsSlice()); err != nil {
			return err
		}
	}
	return nil
}

// translate6 puts a NAT64 beside a router.
func translate6(n *network, f Fault) error {
	prefix, err := netip.ParsePrefix(f.Network)
	if err != nil {
		return err
	}
	t := &netns.Translator{
		Prefix: prefix,
		Pool:   netip.MustParsePrefix("10.64.0.0/24"),
		Inner:  netip.MustParsePrefix("fd64::/64"),
	}
	return t.Attach(n.space[f.Where])
}

// hold gives a place further addresses.
func (n *network) hold(at Place, list []netip.Addr) error {
	for _, a := range list {
		if err := n.space[at].AddAddress("lo", netip.PrefixFrom(a, a.BitLen()).String()); err != nil {
			return err
		}
	}
	return nil
}

// originalDestination is where a redirected connection was on its way to
// (SO_ORIGINAL_DST of linux/netfilter_ipv4.h, the same number for IPv6).
func originalDestination(c net.Conn) (netip.AddrPort, bool) {
	t, is := c.(*net.TCPConn)
	if !is {
		return netip.AddrPort{}, false
	}
	raw, err := t.SyscallConn()
	if err != nil {
		return netip.AddrPort{}, false
	}
	const original, portAt, addr4At, addr6At = 80, 2, 4, 8
	var sa [28]byte // struct sockaddr_in6, the longer one
	level := unix.SOL_IP
	if local := c.LocalAddr().(*net.TCPAddr); local.IP.To4() == nil {
		level = unix.SOL_IPV6
	}
	var errno unix.Errno
	err = raw.Control(func(fd uintptr) {
		size := uint32(len(sa))
		_, _, errno = unix.Syscall6(
			unix.SYS_GETSOCKOPT,
			fd,
			uintptr(level),
			original,
			uintptr(unsafe.Pointer(&sa)),
			uintptr(unsafe.Pointer(&size)),
			0,
		)
	})
	if err != nil || errno != 0 {
		return netip.AddrPort{}, false
	}
	a := netip.AddrFrom4([4]byte(sa[addr4At : addr4At+4]))
	if level == unix.SOL_IPV6 {
		a = netip.AddrFrom16([16]byte(sa[addr6At : addr6At+16]))
	}
	return netip.AddrPortFrom(a, uint16(sa[portAt])<<8|uint16(sa[portAt+1])), true
}

// busyWord makes a daemon that only uses processor time.
const busyWord = "busy"

// keepBusy starts programs that use what processor time they get, and gives a
// function that ends them. The lab itself goes before them: the network does not
// get slower because a computer in it is busy.
func (n *network) keepBusy() (end func(), err error) {
	var running []*exec.Cmd
	end = func() {
		for _, c := range running {
			_ = c.Process.Kill()
			_ = c.Wait()
		}
		running = nil
	}
	for _, f := range n.scenario.Faults {
		if f.Kind != BusyLoops {
			continue
		}
		goFirst()
		for range f.Count {
			c := exec.Command("/proc/self/exe", daemonArgument, busyWord)
			c.Env = []string{}
			started := make(chan error, 1)
			go func() {
				runtime.LockOSThread() // never unlocked: the thread has another priority
				err := asUsual()
				if err == nil {
					err = c.Start()
				}
				started <- err
			}()
			if err := <-started; err != nil {
				end()
				return nil, err
			}
			running = append(running, c)
		}
	}
	return end, nil
}

// goFirst gives every thread of this process the first call on the processor,
// where it may. Threads made later have their maker's priority.
func goFirst() {
	const first = -15
	tasks, _ := os.ReadDir("/proc/self/task")
	for _, t := range tasks {
		if tid, err := strconv.Atoi(t.Name()); err == nil {
			_ = unix.Setpriority(unix.PRIO_PROCESS, tid, first) // an ordinary user may not
		}
	}
}

// asUsual gives the calling thread, and what it starts, the usual priority.
func asUsual() error { return unix.Setpriority(unix.PRIO_PROCESS, 0, 0) }

// standStill stops the command for as long as the scenario says.
func (n *network) standStill(p *os.Process) {
	for _, f := range n.scenario.Faults {
		if f.Kind != Standstill {
			continue
		}
		go func() {
			time.Sleep(f.After)
			if p.Signal(unix.SIGSTOP) == nil {
				time.Sleep(f.Lasts)
				_ = p.Signal(unix.SIGCONT)
			}
		}()
	}
}

// earlier says how often the command ran before.
func (s Scenario) earlier() int {
	f, _ := s.has(EarlierRuns)
	return f.Count
}

// again is the same command, not started yet, which tells nobody.
func again(cmd *exec.Cmd) *exec.Cmd {
	c := exec.CommandContext(context.Background(), cmd.Path, cmd.Args[1:]...)
	c.Dir, c.Env, c.SysProcAttr = cmd.Dir, cmd.Env, cmd.SysProcAttr
	return c
}
