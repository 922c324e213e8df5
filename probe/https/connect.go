package https

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/chain"
)

const (
	// maxAttempts fresh sockets are opened at most: enough to tell a lost SYN
	// or a dead address from a closed path, too few to be a scan.
	maxAttempts = 4
	// attemptSpacing is far below the 1 s after which TCP repeats a SYN, so a
	// lost packet costs 50 ms and not a second.
	attemptSpacing = 50 * time.Millisecond
	// silencePoll is how often the patience is looked up again: another prober
	// may have learnt the round-trip time meanwhile.
	silencePoll = 25 * time.Millisecond
	// synTimer is TCP's first retransmission (RFC 6298 section 2.1): an answer
	// before it belongs to the first SYN.
	synTimer = time.Second
)

// dialled is the end of a race of fresh sockets.
type dialled struct {
	conn    net.Conn // nil unless one connected
	took    time.Duration
	outcome probe.Outcome
	failure probe.Failure
	detail  probe.ConnectDetail
}

func (d dialled) firstSYN() bool { return d.took < synTimer }

// attempt is one socket of the race.
type attempt struct {
	address netip.Addr
	at      time.Time
	ending
	done bool
}

// ending is what became of a socket.
type ending struct {
	index int // of the attempt
	conn  net.Conn
	err   error
	took  time.Duration
}

// race is the state of connect.
type race struct {
	to       []netip.Addr
	limit    int
	attempts []attempt
	saidNo   map[netip.Addr]bool
	running  int
	ended    chan ending
	winner   int // index of the attempt that connected, -1 if none
}

// connect opens up to four sockets 50 ms apart, going round the addresses; the
// first to connect wins and the others are closed. An address that has said no
// is not asked again, and an untried one is asked at once; when all have said
// no, it is over. Otherwise it is silence after the path's patience.
func (r *run) connect(ctx context.Context, to []netip.Addr, port uint16) dialled {
	r.address = ""
	if len(to) == 0 {
		return dialled{outcome: probe.Skipped, failure: probe.NoAddress}
	}
	spacing := attemptSpacing
	if r.target.Spacing > 0 {
		spacing = time.Duration(r.target.Spacing)
	}
	c := race{to: to, limit: maxAttempts, saidNo: map[netip.Addr]bool{}, winner: -1}
	if r.target.Attempts > 0 {
		c.limit = min(r.target.Attempts*len(to), 4*maxAttempts)
	}
	c.ended = make(chan ending, c.limit)
	racing, cancel := context.WithCancel(ctx)
	timer := time.NewTimer(0)
	defer timer.Stop()
	for over := false; !over; {
		select {
		case e := <-c.ended:
			over = c.end(e)
			if len(c.attempts) < len(c.to) {
				timer.Reset(0)
			}
		case <-timer.C:
			if address, more := c.next(); more {
				c.open(racing, r.network, netip.AddrPortFrom(address, port))
				timer.Reset(spacing)
				break
			}
			patience := r.network.RTT().Silence()
			over = time.Since(c.attempts[len(c.attempts)-1].at) >= patience &&
				time.Since(c.attempts[0].at) >= patience+probe.RefusalDelay(r.network)
			timer.Reset(silencePoll)
		case <-ctx.Done():
			over = true
		}
	}
	cancel()
	dropped := c.swallowed()
	r.pending.Go(c.closeLosers)
	d := r.summary(ctx, c)
	if d.outcome == probe.Silent {
		d.detail.HostDropped = dropped
	}
	if r.socket = d.conn; d.conn != nil {
		r.open = append(r.open, d.conn)
	}
	return d
}

// next is the address the next socket goes to, and false if there is to be none.
func (c *race) next() (netip.Addr, bool) {
	for k := range c.to {
		if a := c.to[(len(c.attempts)+k)%len(c.to)]; !c.saidNo[a] {
			return a, len(c.attempts) < c.limit
		}
	}
	return netip.Addr{}, false
}

func (c *race) open(ctx context.Context, n probe.Network, to netip.AddrPort) {
	a := attempt{address: to.Addr(), at: time.Now(), ending: ending{index: len(c.attempts)}}
	c.attempts = append(c.attempts, a)
	c.running++
	go func() {
		conn, err := n.DialTCP(ctx, to)
		c.ended <- ending{index: a.index, conn: conn, err: err, took: time.Since(a.at)}
	}()
}

// end takes in what became of a socket and reports whether the race is over.
func (c *race) end(e ending) bool {
	a := &c.attempts[e.index]
	a.ending, a.done = e, true
	c.running--
	if e.err == nil {
		c.winner = e.index
		return true
	}
	if outcome, _ := chain.FailureOf(e.err, probe.UnknownFailure); outcome == probe.Failed {
		c.saidNo[a.address] = true
	}
	_, more := c.next()
	return len(c.saidNo) == len(c.to) || !more && c.running == 0
}

func (c *race) closeLosers() {
	for range c.running {
		if late := <-c.ended; late.conn != nil {
			late.conn.Close()
		}
	}
}

// swallowed asks the first socket of a race that nobody won whether this computer
// took its packets away; nil where it was not open long enough to tell, or the
// system does not tell. The sockets have been told to give up, so that their ends
// are here at once.
func (c *race) swallowed() *bool {
	if first := c.attempts[0]; c.winner >= 0 || first.done || time.Since(first.at) < probe.SYNRepeated {
		return nil
	}
	for c.running > 0 {
		e := <-c.ended
		c.running--
		if e.conn != nil {
			e.conn.Close()
		}
		var failed *probe.NetError
		if e.index == 0 && errors.As(e.err, &failed) && failed.TCP != nil {
			dropped := failed.TCP.HostDropped()
			return &dropped
		}
	}
	return nil
}

// summary describes the race: the winner, or the attempt that teaches most.
func (r *run) summary(ctx context.Context, c race) dialled {
	d := dialled{outcome: probe.Silent, failure: probe.Timeout}
	patience, most := r.network.RTT().Silence(), 0
	for i, a := range c.attempts {
		kept := probe.Attempt{
			AtMS:      probe.Milliseconds(a.at.Sub(c.attempts[0].at)),
			ElapsedMS: probe.Milliseconds(a.took),
			Outcome:   probe.OK,
		}
		switch {
		case a.err != nil:
			kept.Outcome, kept.Failure = chain.FailureOf(a.err, probe.UnknownFailure)
		case !a.done:
			// Given up. It was silent only if it had the time to answer.
			waited := time.Since(a.at)
			kept.ElapsedMS = probe.Milliseconds(waited)
			if kept.Outcome = probe.Skipped; waited >= patience {
				kept.Outcome, kept.Failure = probe.Silent, probe.Timeout
			}
		}
		d.detail.Attempts = append(d.detail.Attempts, kept)
		if weight := a.weight(kept); weight > most && c.winner < 0 {
			most = weight
			r.address = a.address.String()
			d.outcome, d.failure = kept.Outcome, kept.Failure
			d.detail.ICMP, d.detail.Error = a.words()
			refused := (*probe.NetError)(nil)
			d.detail.Unclear = errors.As(a.err, &refused) && refused.Unclear
		}
		if i == c.winner {
			r.address = a.address.String()
			d.conn, d.took, d.outcome, d.failure = a.conn, a.took, probe.OK, ""
			if d.firstSYN() {
				d.detail.RTTMS = probe.Milliseconds(a.took)
			}
			if rtt, told := probe.KernelRTT(r.network, a.conn); told && rtt <= a.took {
				d.detail.RTTMS, d.detail.RTTSource, d.took = probe.Milliseconds(rtt), probe.RTTKernel, rtt
			}
			d.detail.Local, _, _ = net.SplitHostPort(a.conn.LocalAddr().String())
		}
	}
	switch {
	case d.conn != nil:
	case errors.Is(ctx.Err(), context.Canceled):
		d.outcome, d.failure = probe.NotRun, ""
	case d.outcome != probe.Failed: // or the run's deadline came before the path's patience
		d.outcome, d.failure = probe.Silent, probe.Timeout
	}
	return d
}

// weight orders the ends of several attempts by what they teach: a family this
// computer does not have teaches least, silence more, an answer most.
func (a attempt) weight(kept probe.Attempt) int {
	switch icmp, _ := a.words(); {
	case kept.Outcome != probe.Failed:
		return 2
	case icmp == nil && (kept.Failure == probe.NetworkUnreachable || kept.Failure == probe.AddressNotAvailable || kept.Failure == probe.NetworkDown):
		return 1
	}
	return 3
}

func (a attempt) words() (*probe.ICMPError, string) {
	if a.err == nil {
		return nil, ""
	}
	text := probe.Clean(a.err.Error(), 200)
	if refused := (*probe.NetError)(nil); errors.As(a.err, &refused) {
		return refused.ICMP, text
	}
	return nil, text
}

// addresses are the target's, families taken in turn (RFC 8305 section 4) so
// that a broken family cannot use up every attempt.
func addresses(t probe.Target) []netip.Addr {
	list := t.Addresses
	if len(list) == 0 {
		if literal, err := netip.ParseAddr(strings.Trim(t.Host, "[]")); err == nil {
			list = []netip.Addr{literal}
		}
	}
	return inTurn(list)
}

func inTurn(list []netip.Addr) []netip.Addr {
	var families [2][]netip.Addr
	seen := map[netip.Addr]bool{}
	for _, a := range list {
		if seen[a] {
			continue
		}
		seen[a] = true
		i := 0
		if a.Unmap().Is4() != list[0].Unmap().Is4() {
			i = 1
		}
		families[i] = append(families[i], a)
	}
	turned := make([]netip.Addr, 0, len(list))
	for i := range max(len(families[0]), len(families[1])) {
		for _, f := range families {
			if i < len(f) {
				turned = append(turned, f[i])
			}
		}
	}
	return turned
}
