package host

import (
	"context"
	"errors"
	"net/netip"
	"sync"
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
	// countPerConnect packets at most leave for a connection that is accepted and
	// closed at once: SYN, the acknowledgements of SYN and FIN, and the own FIN.
	countPerConnect = 4
	// countControl is the control's port; HTTPS over QUIC goes there from every
	// browser. countControlElse is it where that is the target itself.
	countControl     = 443
	countControlElse = 80
)

// counter reads how many packets an interface has sent since it came up.
type counter func(device string) (uint64, error)

// Counters tells whether packets for the target leave this computer, by the
// packet counter of the interface they are routed to: datagrams, or for a TCP
// port what opening connections sends. It catches filters that swallow packets
// without a word, and software that answers in the destination's name. It sends
// 64 datagrams, on a busy interface up to 160, or half of them and as many
// connects, so it is for ports whose end has no other explanation.
type Counters struct{}

var _ probe.Prober = Counters{}

// Probe gives one host_counters observation of the target's first address and
// port. It is ok if datagrams were handed over and counted, whatever the counts
// say; failed if the system refused every one; skipped as unsupported where the
// system does not tell, and with no_route where there is no way to the address.
// Target.Attempts overrides the 32 datagrams or connects. Two that run at once
// count each other's packets and learn nothing; a plan makes them wait.
func (Counters) Probe(ctx context.Context, n probe.Network, t probe.Target) []probe.Observation {
	o := probe.Observe(probe.HostCounters, t, time.Now())
	skip := func(f probe.Failure, why string) []probe.Observation {
		return []probe.Observation{
			o.Finish(time.Now(), probe.Skipped, f, probe.CountersDetail{Error: probe.Clean(why, 200)}),
		}
	}
	if len(t.Addresses) == 0 {
		return skip(probe.NoAddress, "")
	}
	to := netip.AddrPortFrom(t.Addresses[0].Unmap(), t.Port)
	o.Address = to.Addr().String()
	if sentPackets() == nil {
		return skip(probe.Unsupported, "this system's counters are not read")
	}
	device, err := deviceTowards(ctx, t.Transport, to)
	if err != nil {
		return skip(probe.NoRoute, err.Error())
	}
	k := countDefault
	if t.Attempts > 0 {
		k = t.Attempts
	}
	counted := CountSent(ctx, n, t.Transport, to, device, k)
	counted.Endpoint, counted.Target = o.Endpoint, o.Target
	return []probe.Observation{counted}
}

// deviceTowards is the interface by which packets to an address and port leave.
func deviceTowards(ctx context.Context, transport probe.Transport, to netip.AddrPort) (string, error) {
	s := bounded(thisSystem(rootFS()))
	defer s.close()
	links, err := s.links(ctx)
	if len(links) == 0 && err != nil {
		return "", err
	}
	for _, r := range targetRoutes(ctx, s, nameByIndex(interfaces(links)), nil, []RouteQuery{{Addr: to.Addr(), Transport: transport, Port: to.Port()}}) {
		if r.Interface != "" {
			return r.Interface, nil
		}
	}
	return "", errors.New("no route to " + to.Addr().String())
}

// CountSent hands k small datagrams for an address and port to the system (over
// TCP: opens k connections), and as many datagrams for a control port of the same
// address, in rounds, and reads the packet counter of device after each turn. A
// round has a turn for the target, one for the control and one in which nothing
// is sent. k is at least 4 and at most 64. It takes two rounds, each about k ms of
// sending and 45 ms of settling, and up to five where other packets leave too.
func CountSent(
	ctx context.Context,
	n probe.Network,
	transport probe.Transport,
	to netip.AddrPort,
	device string,
	k int,
) probe.Observation {
	return countSent(ctx, n, transport, to, device, k, sentPackets())
}

func countSent(
	ctx context.Context,
	n probe.Network,
	transport probe.Transport,
	to netip.AddrPort,
	device string,
	k int,
	read counter,
) probe.Observation {
	o := probe.Observe(
		probe.HostCounters,
		probe.Target{Host: to.Addr().String(), Port: to.Port(), Transport: transport},
		time.Now(),
	)
	o.Address = to.Addr().String()
	d := probe.CountersDetail{Interface: device, ControlPort: countControl}
	if to.Port() == countControl && transport == probe.UDP {
		d.ControlPort = countControlElse
	}
	give, most := send, 1
	if transport == probe.TCP {
		give, most = knock, countPerConnect
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
	asked := line{make(chan struct{}, 1), new(sync.WaitGroup)}
	count := func() (uint64, error) { return inTime(ctx, asked, func() (uint64, error) { return read(device) }) }
	var err error
	if d.Before, err = count(); err != nil {
		return end(probe.Skipped, probe.Unsupported, err)
	}
	d.After = d.Before
	each := (min(max(k, 4), 64) + 1) / countAgree
	// turn gives the system packets for a port, or none, and tells how far the
	// counter went.
	turn := func(give func(context.Context, probe.Network, netip.AddrPort, int) burst, port uint16) (b burst, moved int, err error) {
		b = give(ctx, n, netip.AddrPortFrom(to.Addr(), port), each)
		if ctx.Err() != nil {
			return b, 0, ctx.Err()
		}
		now, err := count()
		moved, d.After = int(now-d.After), now
		return b, moved, err
	}
	lead := 0 // rounds that say "they stay here", less those that say "they leave"
	for range countRounds {
		target, moved, err := turn(give, to.Port())
		var control burst
		var controlMoved, quietMoved int
		if err == nil {
			control, controlMoved, err = turn(send, d.ControlPort)
		}
		if err == nil {
			_, quietMoved, err = turn(rest, 0)
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
		// A round counts where the counter did with control and quiet what it should.
		switch {
		case target.sent < each || control.sent < each || !ours(controlMoved, each, 1) || !few(quietMoved, each):
		case few(moved, each):
			lead++
		case ours(moved, each, most):
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

// ours: the counter went as far as our own packets take it, of which there were
// at most most for each, and hardly farther; more is somebody else's traffic, or
// an earlier turn that was counted late.
func ours(moved, each, most int) bool { return moved >= each && few(moved-most*each, each) }
