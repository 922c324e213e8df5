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
	// countAgree: one round tells little, because other programs send too and some
	// drivers bring their counter up to date only now and then. That many rounds
	// more must say one thing than say the other.
	countAgree = 2
	// countRounds is how many are tried. A round in which more left than can be
	// ours says nothing, and is made again.
	countRounds = 5
	// countSpacing is the distance between datagrams, far enough apart for the
	// queue of a slow link.
	countSpacing = time.Millisecond
	// countSettle is how long the last datagrams of a turn may be on their way
	// through the system's queues before the counter is read.
	countSettle = 15 * time.Millisecond
	// countDefault datagrams for the target, and as many for the control, in
	// countAgree rounds, stand out from what other programs send meanwhile.
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
// swallow packets without a word. It sends 64 datagrams, on a busy interface up
// to 160, so it is for ports whose silence has no other explanation.
type Counters struct{}

var _ probe.Prober = Counters{}

// Probe gives one host_counters observation of the target's first address and
// port. It is ok if datagrams were handed over and counted, whatever the counts
// say; failed if the system refused every one; skipped as unsupported where the
// system does not tell, and with no_route where there is no way to the address.
// Target.Attempts overrides the 32 datagrams. Two that run at once count each
// other's packets and learn nothing; a plan makes them wait for each other.
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
// as many for a control port of the same address, in rounds, and reads the packet
// counter of device after each turn. A round has a turn for the target, one for
// the control and one in which nothing is sent. k is at least 4 and at most 64.
// It takes two rounds, each about k ms of sending and 45 ms of settling, and up
// to five where other packets leave too.
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
	d.After = d.Before
	each := (min(max(k, 4), 64) + 1) / countAgree
	// turn sends to one port, or nowhere, and gives how far the counter went.
	turn := func(port uint16) (b burst, moved int, err error) {
		if port == 0 {
			wait(ctx, time.Duration(each)*countSpacing+countSettle)
		} else {
			b = send(ctx, n, netip.AddrPortFrom(to.Addr(), port), each)
		}
		if ctx.Err() != nil {
			return b, 0, ctx.Err()
		}
		now, err := read(device)
		moved, d.After = int(now-d.After), now
		return b, moved, err
	}
	lead := 0 // rounds that say "they stay here", less those that say "they leave"
	for range countRounds {
		target, moved, err := turn(to.Port())
		var control burst
		var controlMoved, quietMoved int
		if err == nil {
			control, controlMoved, err = turn(d.ControlPort)
		}
		if err == nil {
			_, quietMoved, err = turn(0)
		}
		switch {
		case ctx.Err() != nil:
			return end(probe.NotRun, "", ctx.Err())
		case err != nil:
			return end(probe.Skipped, probe.Unsupported, err)
		}
		d.Sent, d.Dropped, d.Moved = d.Sent+target.sent, d.Dropped+target.dropped, d.Moved+moved
		d.ControlSent, d.ControlMoved, d.QuietMoved = d.ControlSent+control.sent, d.ControlMoved+controlMoved, d.QuietMoved+quietMoved
		if failed := (*probe.NetError)(nil); d.Sent == 0 && errors.As(target.refused, &failed) {
			return end(probe.Failed, failed.Failure, target.refused)
		}
		if target.sent < each {
			continue
		}
		switch quiet := few(quietMoved, each); {
		case quiet && few(moved, each) && control.sent == each && ours(controlMoved, each):
			lead++
		case quiet && ours(moved, each):
			lead--
		}
		if lead == countAgree || lead == -countAgree {
			break
		}
	}
	d.Flat, d.Left = lead >= countAgree, lead <= -countAgree
	return end(probe.OK, "", nil)
}

// few packets are other programs' alone, where each were handed over in a turn.
func few(moved, each int) bool { return moved < (each+1)/2 }

// ours: the counter went as far as our own packets take it, and hardly farther;
// more is somebody else's traffic, or an earlier turn that was counted late.
func ours(moved, each int) bool { return moved >= each && few(moved-each, each) }

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
	wait(ctx, countSettle)
	return b
}

func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
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
