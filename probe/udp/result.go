package udp

import (
	"context"
	"errors"
	"time"

	"wsdoctor/probe"
)

// maxError is how many runes of the system's words are kept.
const maxError = 200

// classify gives the NetError in err; a network that gives another error has
// broken its promise, which is an unknown failure.
func classify(err error) *probe.NetError {
	var e *probe.NetError
	if errors.As(err, &e) {
		return e
	}
	return &probe.NetError{Op: "receive", Failure: probe.UnknownFailure, Err: err}
}

// take accounts for one datagram or error.
func (e *exchange) take(ev event) {
	if ev.err != nil {
		e.refuse(ev)
		return
	}
	i, ok := -1, false
	if len(ev.reply) <= maxSize {
		i, ok = e.q.Match(ev.reply)
	}
	if !ok || i < 0 || i >= len(e.sent) || (e.q.Fresh && i != ev.socket) {
		e.garbage++
		return
	}
	s := &e.sent[i]
	if !s.answered.IsZero() {
		return // a duplicate
	}
	s.answered, s.failed = ev.at, time.Time{}
	e.answered++
	e.n.RTT().Learn(ev.at.Sub(s.at))
}

// refuse accounts for an error that came back.
func (e *exchange) refuse(ev event) {
	err := classify(ev.err)
	switch {
	case err.Failure == probe.MessageSize && err.ICMP == nil:
		e.garbage++ // too large a datagram, on a system that does not cut it
	case e.q.Fresh:
		if s := e.sent[ev.socket]; s.answered.IsZero() && s.failed.IsZero() {
			e.fail(ev.socket, ev.at, err)
		}
	case e.answered+e.refused() < len(e.sent): // else one datagram was refused twice
		e.refusals = append(e.refusals, refusal{ev.at, err.Failure})
		e.note(err)
	}
}

// fail marks datagram i as refused.
func (e *exchange) fail(i int, at time.Time, err error) {
	e.sent[i].failed, e.sent[i].failure = at, e.note(classify(err))
}

// note keeps the first refusal, or a later one of its kind that names its sender.
func (e *exchange) note(err *probe.NetError) probe.Failure {
	if e.said == nil || (e.said.ICMP == nil && err.ICMP != nil && e.said.Failure == err.Failure) {
		e.said = err
	}
	return err.Failure
}

// result writes down how it ended.
func (e *exchange) result(ctx context.Context) (probe.ExchangeDetail, probe.Outcome, probe.Failure) {
	d := probe.ExchangeDetail{Answered: e.answered, Garbage: e.garbage}
	if len(e.conns) > 0 {
		d.Local = e.conns[0].LocalAddr().String()
	}
	if e.said != nil {
		d.ICMP, d.Error = e.said.ICMP, probe.Clean(e.said.Error(), maxError)
	}
	end := time.Now()
	cut := e.answered > 0 && e.q.StopAtFirst || ctx.Err() == context.Canceled
	for _, s := range e.sent {
		if s.left {
			d.Sent++
		}
		a := e.attempt(s, end, cut)
		if a.Outcome == probe.OK {
			d.RTTMS = append(d.RTTMS, a.ElapsedMS)
		}
		d.Attempts = append(d.Attempts, a)
	}
	switch {
	case e.answered > 0:
		return d, probe.OK, ""
	case e.said != nil:
		return d, probe.Failed, e.said.Failure
	case e.garbage > 0:
		return d, probe.Failed, probe.MalformedReply
	case ctx.Err() == context.Canceled, len(e.sent) == 0:
		return d, probe.NotRun, ""
	}
	return d, probe.Silent, probe.Timeout
}

// attempt is one datagram's end. One that was still waited for when the
// exchange was cut short, and not for as long as silence takes, is not-run: it
// must not be counted as lost.
func (e *exchange) attempt(s sent, end time.Time, cut bool) probe.Attempt {
	a := probe.Attempt{AtMS: probe.Milliseconds(s.at.Sub(e.start))}
	elapsed := func(at time.Time) float64 { return probe.Milliseconds(at.Sub(s.at)) }
	switch {
	case !s.answered.IsZero():
		a.Outcome, a.ElapsedMS = probe.OK, elapsed(s.answered)
	case !s.failed.IsZero():
		a.Outcome, a.Failure, a.ElapsedMS = probe.Failed, s.failure, elapsed(s.failed)
	case len(e.refusals) > 0 && !e.refusals[0].at.Before(s.at):
		a.Outcome, a.Failure, a.ElapsedMS = probe.Failed, e.refusals[0].failure, elapsed(e.refusals[0].at)
		e.refusals = e.refusals[1:]
	case cut && end.Sub(s.at) < e.n.RTT().Silence():
		a.Outcome, a.ElapsedMS = probe.NotRun, elapsed(end)
	default:
		a.Outcome, a.Failure, a.ElapsedMS = probe.Silent, probe.Timeout, elapsed(end)
	}
	return a
}
