package dns

import (
	"context"
	"sync/atomic"
	"time"

	miekg "github.com/miekg/dns"

	"wsdoctor/probe"
)

// server is a question on its way to one name server.
type server struct {
	*question
	message message
	plain   bool         // the server does not know EDNS0: ask without
	garbage atomic.Int64 // messages that were no valid answer
	hosts   []namedHost  // that the answer to an SRV question named
}

// reply is how one attempt ended: with an answer, or with an error of its socket.
type reply struct {
	detail    probe.DNSDetail // of an answer; only what the answer says is set
	code      int
	hosts     []namedHost
	truncated bool // and nothing of the answer was read
	edns      bool // what was asked
	err       error
}

// askServer asks one name server, and then for the addresses of the hosts that
// the answer to an SRV question named.
func (q *question) askServer(ctx context.Context) []probe.Observation {
	m, err := pack(q.target.Host, q.qtype)
	if err != nil { // not seen: newQuestion has checked the name
		o, d := q.observe(time.Now()), q.detail()
		note(&d, err)
		return []probe.Observation{o.Finish(time.Now(), probe.Failed, probe.UnknownFailure, d)}
	}
	s := &server{question: q, message: m}
	var list []probe.Observation
	if q.target.Transport == probe.TCP {
		list = s.onlyTCP(ctx)
	} else {
		list = s.firstUDP(ctx)
	}
	return append(list, s.hostAddresses(ctx, list[len(list)-1])...)
}

// onlyTCP asks over TCP from the start.
func (s *server) onlyTCP(ctx context.Context) []probe.Observation {
	o, d := s.observe(time.Now()), s.detail()
	d.Transport = probe.TCP
	r, _ := s.spaced(ctx, &d, s.openTCP)
	outcome, failure := s.conclude(ctx, &d, r.overTCP())
	return []probe.Observation{o.Finish(time.Now(), outcome, failure, d)}
}

// firstUDP asks over UDP, over TCP too if the answer did not fit, and gives a
// second observation over TCP if UDP brought no valid answer and the target
// does not insist on UDP.
func (s *server) firstUDP(ctx context.Context) []probe.Observation {
	o, d := s.observe(time.Now()), s.detail()
	d.Transport = probe.UDP
	r, answered := s.spaced(ctx, &d, s.openUDP)
	if answered && r.truncated {
		d.Truncated, d.Transport = true, probe.TCP
		return []probe.Observation{s.overTCP(ctx, o, d)}
	}
	outcome, failure := s.conclude(ctx, &d, r)
	first := o.Finish(time.Now(), outcome, failure, d)
	answered = outcome != probe.Silent && failure != probe.MalformedReply
	if answered || s.target.Transport == probe.UDP || ctx.Err() != nil {
		return []probe.Observation{first}
	}
	s.garbage.Store(0)
	again := s.detail()
	again.Transport = probe.TCP
	return []probe.Observation{first, s.overTCP(ctx, s.observe(time.Now()), again)}
}

// overTCP asks over TCP and finishes the observation.
func (s *server) overTCP(ctx context.Context, o probe.Observation, d probe.DNSDetail) probe.Observation {
	d.Attempts++
	outcome, failure := s.conclude(ctx, &d, s.exchangeTCP(ctx).overTCP())
	return o.Finish(time.Now(), outcome, failure, d)
}

// conclude turns the end of an exchange into an outcome and fills d.
func (s *server) conclude(ctx context.Context, d *probe.DNSDetail, r reply) (probe.Outcome, probe.Failure) {
	d.Garbage = int(s.garbage.Load())
	if r.err == nil {
		return s.answer(d, r)
	}
	note(d, r.err)
	outcome, failure := outcomeOf(failureOf(r.err))
	switch {
	case d.Attempts == 0, interrupted(ctx) && (failure == probe.Timeout || failure == probe.Interrupted):
		return probe.NotRun, ""
	case (failure == probe.Timeout || failure == probe.EOF) && d.Garbage > 0:
		return probe.Failed, probe.MalformedReply
	}
	return outcome, failure
}

// answer copies an answer into d and judges it.
func (s *server) answer(d *probe.DNSDetail, r reply) (probe.Outcome, probe.Failure) {
	a := r.detail
	s.hosts = r.hosts
	d.RCode, d.Addresses, d.CNAME, d.Texts, d.Services = a.RCode, a.Addresses, a.CNAME, a.Texts, a.Services
	d.Extended, d.Error = a.Extended, a.Error
	if failure, known := rcodeFailures[r.code]; known {
		return probe.Failed, failure
	}
	if r.code != miekg.RcodeSuccess || a.Error != "" {
		return probe.Failed, probe.DNSMisbehaving
	}
	return s.judge(d)
}

// receive reads one message. It is false, and counted, if the message is no
// answer to the question asked with this ID.
func (s *server) receive(raw []byte, id uint16) (reply, bool) {
	if !s.message.match(raw, id) {
		s.garbage.Add(1)
		return reply{}, false
	}
	if truncated(raw) {
		return reply{truncated: true}, true
	}
	var r reply
	if err := s.message.read(raw, &r); err != nil {
		s.garbage.Add(1)
		return reply{}, false
	}
	return r, true
}
