package host

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"syscall"
	"time"

	"wsdoctor/probe"
)

const (
	// countTurns: the target and the control are asked in turns, so that a driver
	// which brings its counter up to date only now and then, or a burst of
	// somebody else's packets, cannot look like a difference between the two.
	countTurns = 2
	// countSpacing is the distance between datagrams, far enough apart for the
	// queue of a slow link.
	countSpacing = time.Millisecond
	// countSettle is how long the last datagrams of a turn may be on their way
	// through the system's queues before the counter is read.
	countSettle = 15 * time.Millisecond
	// countDefault datagrams for the target, and as many for the control, are
	// enough to stand out from what other programs send meanwhile.
	countDefault = 32
	// countControl is the control's port; HTTPS over QUIC goes there from every
	// browser. countControlElse is it where that is the target itself.
	countControl     = 443
	countControlElse = 80
)

// counter reads how many packets an interface has sent since it came up.
type counter func(device string) (uint64, error)

// Counters tells whether datagrams for the target leave this computer, by the
// packet counter of the interface they are routed to. It catches filters that
// swallow packets without a word. It sends 64 datagrams, so it is for ports
// whose silence has no other explanation.
type Counters struct{}

var _ probe.Prober = Counters{}

// Probe gives one host_counters observation of the target's first address and
// port. It is ok if datagrams were handed over and counted, whatever the counts
// say; failed if the system refused every one; skipped as unsupported where the
// system does not tell, and with no_route where there is no way to the address.
// Target.Attempts overrides the 32 datagrams.
func (Counters) Probe(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	o := probe.Observe(probe.HostCounters, t, time.Now())
	skip := func(f probe.Failure, why string) []probe.Observation {
		return []probe.Observation{o.Finish(time.Now(), probe.Skipped, f, probe.CountersDetail{Error: probe.Clean(why, 200)})}
	}
	if len(t.Addresses) == 0 {
		return skip(probe.NoAddress, "")
	}
	to := netip.AddrPortFrom(t.Addresses[0].Unmap(), t.Port)
	o.Address = to.Addr().String()
	if sentPackets() == nil {
		return skip(probe.Unsupported, "this system's counters are not read")
	}
	device, err := deviceTowards(ctx, to)
	if err != nil {
		return skip(probe.NoRoute, err.Error())
	}
	k := countDefault
	if t.Attempts > 0 {
		k = t.Attempts
	}
	counted := CountSent(ctx, n, to, device, k)
	counted.Endpoint, counted.Target = o.Endpoint, o.Target
	return []probe.Observation{counted}
}

// deviceTowards is the interface a datagram to an address and port leaves by.
func deviceTowards(ctx context.Context, to netip.AddrPort) (string, error) {
	s := thisSystem(rootFS())
	defer s.close()
	links, err := s.links(ctx)
	if len(links) == 0 && err != nil {
		return "", err
	}
	for _, r := range targetRoutes(ctx, s, nameByIndex(interfaces(links)), nil, []RouteQuery{{Addr: to.Addr(), Transport: probe.UDP, Port: to.Port()}}) {
		if r.Interface != "" {
			return r.Interface, nil
		}
	}
	return "", errors.New("no route to " + to.Addr().String())
}

// CountSent hands k small datagrams for an address and port to the system, and
// as many for a control port of the same address, in turns, and reads the packet
// counter of device before and after each. k is at least 4 and at most 64. It
// takes about 30 ms of sending for k of 32 and 15 ms after each turn.
func CountSent(ctx context.Context, n probe.Network, to netip.AddrPort, device string, k int) probe.Observation {
	return countSent(ctx, n, to, device, k, sentPackets())
}

func countSent(ctx context.Context, n probe.Network, to netip.AddrPort, device string, k int, read counter) probe.Observation {
	o := probe.Observe(probe.HostCounters, probe.Target{Host: to.Addr().String(), Port: to.Port(), Transport: probe.UDP}, time.Now())
	o.Address = to.Addr().String()
	d := probe.CountersDetail{Interface: device, ControlPort: countControl}
	if to.Port() == countControl {
		d.ControlPort = countControlElse
	}
	end := func(outcome probe.Outcome, f probe.Failure, err error) probe.Observation {
		if err != nil {
			d.Error = probe.Clean(err.Error(), 200)
		}
		return o.Finish(time.Now(), outcome, f, d)
	}
	if read == nil {
		return end(probe.Skipped, probe.Unsupported, nil)
	}
	var err error
	if d.Before, err = read(device); err != nil {
		return end(probe.Skipped, probe.Unsupported, err)
	}
	d.After, d.Flat = d.Before, true
	each := (min(max(k, 4), 64) + 1) / countTurns
	var refused error
	for range countTurns {
		for _, control := range []bool{false, true} {
			at := to
			if control {
				at = netip.AddrPortFrom(to.Addr(), d.ControlPort)
			}
			b := send(ctx, n, at, each)
			if ctx.Err() != nil {
				d.Flat = false
				return end(probe.NotRun, "", ctx.Err())
			}
			now, err := read(device)
			if err != nil {
				d.Flat = false
				return end(probe.Skipped, probe.Unsupported, err)
			}
			moved := int(now - d.After)
			d.After = now
			if control {
				d.ControlSent, d.ControlMoved = d.ControlSent+b.sent, d.ControlMoved+moved
				d.Flat = d.Flat && b.sent == each && moved >= each
				continue
			}
			d.Sent, d.Dropped, d.Moved = d.Sent+b.sent, d.Dropped+b.dropped, d.Moved+moved
			d.Flat = d.Flat && b.sent == each && moved < each/2
			if refused == nil {
				refused = b.refused
			}
		}
	}
	if failed := (*probe.NetError)(nil); d.Sent == 0 && errors.As(refused, &failed) {
		return end(probe.Failed, failed.Failure, refused)
	}
	return end(probe.OK, "", nil)
}

// burst is what became of some datagrams on their way into the system.
type burst struct {
	sent    int   // not refused
	dropped int   // of them, dropped as the system itself says
	refused error // the first refusal
}

// send sends k datagrams from one socket and waits until they have left.
func send(ctx context.Context, n probe.Network, to netip.AddrPort, k int) (b burst) {
	c, err := n.DialUDP(ctx, to)
	if err != nil {
		b.refused = err
		return b
	}
	defer c.Close()
	tick := time.NewTicker(countSpacing)
	defer tick.Stop()
	for range k {
		if ctx.Err() != nil {
			return b
		}
		switch err := write(c); {
		case err == nil:
			b.sent++
		case errors.Is(err, syscall.ENOBUFS): // from a filter or a queue behind the socket
			b.sent++
			b.dropped++
		case b.refused == nil:
			b.refused = err
		}
		<-tick.C
	}
	settle := time.NewTimer(countSettle)
	defer settle.Stop()
	select {
	case <-settle.C:
	case <-ctx.Done():
	}
	return b
}

// write sends one STUN Binding request without attributes (RFC 8489 section 5),
// the smallest datagram that a stranger may be sent with good manners. Nobody
// waits for its answer.
func write(c net.Conn) error {
	const binding, cookie, size = 0x0001, 0x2112a442, 20
	b := make([]byte, size)
	rand.Read(b[8:]) // the transaction ID; never fails
	binary.BigEndian.PutUint16(b, binding)
	binary.BigEndian.PutUint32(b[4:], cookie)
	_, err := c.Write(b)
	return err
}
