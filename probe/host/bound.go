package host

import (
	"context"
	"errors"
	"sync"
	"time"

	"wsdoctor/probe"
)

// errLate is the end of a question that this computer did not answer in time.
var errLate = errors.New("this computer did not answer in time")

// afterwards is how long an answer is still taken after the context has ended: a
// question that keeps to its context then says how far it came.
const afterwards = 25 * time.Millisecond

// line is where askers of one question wait, so that one that hangs is not joined by
// others like it.
type line struct {
	turn  chan struct{}
	asked *sync.WaitGroup // questions of the system that have not ended
}

func (s system) line() line { return line{make(chan struct{}, 1), s.asked} }

// inTime asks, and takes the answer or the end of ctx, whichever comes first. A call
// into the system that hangs cannot be broken off: nobody waits for it any more. What
// answers at once is still asked after the end of ctx, which another may have used up.
func inTime[T any](ctx context.Context, l line, ask func() (T, error)) (T, error) {
	type answer struct {
		of  T
		err error
	}
	var none T
	select {
	case l.turn <- struct{}{}:
	default:
		select {
		case l.turn <- struct{}{}:
		case <-ctx.Done():
			return none, errLate
		}
	}
	said := make(chan answer, 1)
	l.asked.Go(func() {
		defer func() { <-l.turn }()
		of, err := ask()
		said <- answer{of, err}
	})
	select {
	case a := <-said:
		return a.of, a.err
	case <-ctx.Done():
	}
	late := time.NewTimer(afterwards)
	defer late.Stop()
	select {
	case a := <-said:
		return a.of, a.err
	case <-late.C:
		return none, errLate
	}
}

// bounded is a system none of whose questions outlasts its context. What it asks
// with is closed when the last of them has ended, though nobody waits for that.
func bounded(s system) system {
	s.asked = new(sync.WaitGroup)
	links, route, resolvers, proxy, table, end := s.links, s.route, s.resolvers, s.proxy, s.table, s.close
	linksLine, routeLine, resolversLine, proxyLine, tableLine := s.line(), s.line(), s.line(), s.line(), s.line()
	s.links = func(ctx context.Context) ([]link, error) {
		return inTime(ctx, linksLine, func() ([]link, error) { return links(ctx) })
	}
	s.route = func(ctx context.Context, f flow) (hop, error) {
		return inTime(ctx, routeLine, func() (hop, error) { return route(ctx, f) })
	}
	s.resolvers = func(ctx context.Context, of []link) (probe.ResolversDetail, error) {
		return inTime(ctx, resolversLine, func() (probe.ResolversDetail, error) { return resolvers(ctx, of) })
	}
	s.proxy = func(ctx context.Context) (*proxySettings, error) {
		return inTime(ctx, proxyLine, func() (*proxySettings, error) { return proxy(ctx) })
	}
	if table != nil {
		s.table = func(ctx context.Context, of []link) ([]tableRoute, error) {
			return inTime(ctx, tableLine, func() ([]tableRoute, error) { return table(ctx, of) })
		}
	}
	s.close = func() {
		done := make(chan struct{})
		go func() {
			s.asked.Wait()
			end()
			close(done)
		}()
		select {
		case <-done:
		case <-time.After(afterwards):
		}
	}
	return s
}
