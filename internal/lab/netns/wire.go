//go:build linux

package netns

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Wire is what an impaired cable does to each packet, in each direction.
type Wire struct {
	Delay  time.Duration // one way
	Jitter time.Duration // added to Delay, evenly spread between 0 and this; order is kept
	Loss   float64       // share of packets lost each way, 0 to 1
	MTU    int           // bytes of IP packet; larger ones vanish without a word (0: no limit)
	Wakes  time.Duration // what a wire carries after a silence waits so long first, as for a radio that slept
	Gone   time.Duration // so long after a silence the wire
	Lasts  time.Duration // carries nothing for as long, as for a computer that changes its radio cell
	Twice  float64       // share of packets that arrive twice, 0 to 1
	Seed   uint64        // of the loss and jitter
}

// Cable joins two ends by two veth pairs whose middle ends live in a namespace
// of their own, and copies frames between them as w says. It needs no queueing
// discipline and no TUN device, so it also works for an ordinary user. The
// middle is no hop: it forwards frames, not packets.
func (w Wire) Cable(a, b End) error {
	middle, err := New("wire")
	if err != nil {
		return err
	}
	left, right := End{Space: middle, Interface: "left"}, End{Space: middle, Interface: "right"}
	if err := middle.Sysctl("net/ipv6/conf/default/disable_ipv6", "1"); err != nil {
		return err
	}
	if err := Cable(a, left, 0); err != nil {
		return err
	}
	if err := Cable(b, right, 0); err != nil {
		return err
	}
	// Frames must leave the ends whole: with a checksum, and no larger than the MTU.
	for _, end := range []End{a, b} {
		if err := end.Space.Do(func() error { return plainFrames(end.Interface) }); err != nil {
			return fmt.Errorf("%s/%s: switch off offloading: %w", end.Space.Name, end.Interface, err)
		}
	}
	var l, r *tap
	err = middle.Do(func() (err error) {
		if l, err = openTap("left"); err == nil {
			r, err = openTap("right")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("open the wire: %w", err)
	}
	nap := &nap{wakes: w.Wakes, gone: w.Gone, lasts: w.Lasts}
	go w.carry(l, r, w.Seed, nap)
	go w.carry(r, l, w.Seed+1, nap)
	return nil
}

// sleepsAfter is how long a wire that sleeps has nothing to carry before it does. A run has
// no such pause while it waits for answers.
const sleepsAfter = 2 * time.Second

// nap is the sleep of a wire, of both its directions.
type nap struct {
	wakes time.Duration // how long it takes; 0: it never sleeps
	gone  time.Duration // when it is away, counted from when it was used after a silence,
	lasts time.Duration // and for how long; 0: never

	mu    sync.Mutex
	used  time.Time // when it last had something to carry
	awake time.Time // when it is awake, or was last
	away  time.Time // when it begins to carry nothing
}

// over says from when on a frame of now can be carried, if it can.
func (n *nap) over(now time.Time) (from time.Time, carried bool) {
	if n.wakes+n.lasts == 0 {
		return now, true
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if now.Sub(n.used) > sleepsAfter {
		n.awake, n.away = now.Add(n.wakes), now.Add(n.gone)
	}
	n.used = now
	from = now
	if from.Before(n.awake) {
		from = n.awake
	}
	return from, now.Before(n.away) || now.Sub(n.away) >= n.lasts
}

// frame is a frame on its way and when it arrives.
type frame struct {
	bytes []byte
	due   time.Time
}

// queueLimit is how many frames may be under way; more are lost, as at a
// router's full queue.
const queueLimit = 4096

// ethernetHeader is the length of an Ethernet header in bytes.
const ethernetHeader = 14

// carry copies frames one way until the process ends.
func (w Wire) carry(from, to *tap, seed uint64, sleeps *nap) {
	rng := rand.New(rand.NewPCG(seed, 4172))
	queue := make(chan frame, queueLimit)
	go func() {
		for f := range queue {
			time.Sleep(time.Until(f.due))
			to.send(f.bytes)
		}
	}()
	var last time.Time
	for {
		b, err := from.receive()
		if err != nil {
			close(queue)
			return
		}
		if b == nil || w.MTU > 0 && len(b) > w.MTU+ethernetHeader || isIP(b) && rng.Float64() < w.Loss {
			continue
		}
		from, carried := sleeps.over(time.Now())
		if !carried {
			continue
		}
		due := from.Add(w.Delay)
		if w.Jitter > 0 {
			due = due.Add(time.Duration(rng.Int64N(int64(w.Jitter))))
		}
		if due.Before(last) {
			due = last
		}
		last = due
		for range 1 + twice(rng, w.Twice) {
			select {
			case queue <- frame{b, due}:
			default:
			}
		}
	}
}

// twice is 1 for a packet that is doubled.
func twice(rng *rand.Rand, share float64) int {
	if share > 0 && rng.Float64() < share {
		return 1
	}
	return 0
}

// isIP tells IP packets from address resolution, which a real link does not
// lose: IPv4, or IPv6 other than neighbour discovery.
func isIP(b []byte) bool {
	const ethertype, ip6Next, icmp6Type = 12, ethernetHeader + 6, ethernetHeader + 40
	if len(b) < ethernetHeader {
		return false
	}
	switch uint16(b[ethertype])<<8 | uint16(b[ethertype+1]) {
	case unix.ETH_P_IP:
		return true
	case unix.ETH_P_IPV6:
		return len(b) <= icmp6Type || b[ip6Next] != unix.IPPROTO_ICMPV6 || b[icmp6Type] < 133 || b[icmp6Type] > 137
	}
	return false
}

// tap is a packet socket on one interface.
type tap struct {
	fd  int
	buf [65536]byte
}

func openTap(iface string) (*tap, error) {
	ifreq, err := unix.NewIfreq(iface)
	if err != nil {
		return nil, err
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if err := unix.IoctlIfreq(fd, unix.SIOCGIFINDEX, ifreq); err != nil {
		return nil, err
	}
	if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1); err != nil {
		return nil, err
	}
	all := uint16(unix.ETH_P_ALL)
	all = all<<8 | all>>8
	return &tap{fd: fd}, unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: int(ifreq.Uint32())})
}

// receive gives the next frame, or nil for one that was only an echo of ours.
func (t *tap) receive() ([]byte, error) {
	for {
		n, from, err := unix.Recvfrom(t.fd, t.buf[:], 0)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return nil, err
		}
		if ll, ok := from.(*unix.SockaddrLinklayer); ok && ll.Pkttype == unix.PACKET_OUTGOING {
			return nil, nil
		}
		return append([]byte(nil), t.buf[:n]...), nil
	}
}

// send puts a frame on the interface. A frame that cannot be sent is lost, as
// on any wire.
func (t *tap) send(b []byte) { _, _ = unix.Write(t.fd, b) }

// plainFrames switches checksum and segmentation offloading off.
func plainFrames(iface string) error {
	for _, command := range []uint32{unix.ETHTOOL_STXCSUM, unix.ETHTOOL_STSO, unix.ETHTOOL_SGSO} {
		if err := ethtool(iface, command); err != nil {
			return err
		}
	}
	return nil
}

// ethtool runs one command with the value 0 on an interface of the thread's
// namespace (linux/ethtool.h, struct ethtool_value).
func ethtool(iface string, command uint32) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	value := struct{ command, data uint32 }{command, 0}
	ifr := struct {
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}{data: unsafe.Pointer(&value)}
	copy(ifr.name[:unix.IFNAMSIZ-1], iface)
	if _, _, errno := unix.Syscall(
		unix.SYS_IOCTL,
		uintptr(fd),
		unix.SIOCETHTOOL,
		uintptr(unsafe.Pointer(&ifr)),
	); errno != 0 {
		return errno
	}
	return nil
}
