package socket

import (
	"context"
	"errors"
	"time"

	"wsdoctor/probe"
)

// What a connect does where the system was told to send one SYN only: it sends
// others itself, on sockets of their own, as late as TCP would (RFC 6298 section
// 2.1, and doubled each time). The first goes on waiting meanwhile, so that a way of
// more than a second is no silence.
const (
	synAgain = time.Second
	maxSYNs  = 3
)

// persist connects with dial until one connect stands or says no. The error is that
// of the last where none did. No call of dial outlives it.
func persist[C interface{ Close() error }](ctx context.Context, dial func(context.Context) (C, error)) (C, error) {
	ctx, cancel := context.WithCancel(ctx)
	type end struct {
		conn C
		err  error
	}
	ends := make(chan end)
	running, begun, wait := 0, 0, synAgain
	begin := func() {
		running, begun = running+1, begun+1
		go func() {
			c, err := dial(ctx)
			ends <- end{c, err}
		}()
	}
	defer func() {
		cancel()
		for ; running > 0; running-- {
			if late := <-ends; late.err == nil {
				late.conn.Close()
			}
		}
	}()
	next := time.NewTimer(wait)
	defer next.Stop()
	begin()
	for {
		select {
		case e := <-ends:
			running--
			var failed *probe.NetError
			gaveUp := errors.As(e.err, &failed) && failed.Failure == probe.Timeout && ctx.Err() == nil
			if !gaveUp || running == 0 && begun == maxSYNs {
				return e.conn, e.err
			}
		case <-next.C:
			if begun < maxSYNs && ctx.Err() == nil {
				begin()
				wait *= 2
				next.Reset(wait)
			}
		}
	}
}

var _ probe.LateRefuser = (*Net)(nil)

// insistence is how long a connect of Windows goes on after a reset said no, where the
// system was not to be told otherwise: two further SYNs, half a second and a second
// later, and as long again until it is told (libuv, src/win/tcp.c: "2s").
const insistence = 2 * time.Second

// notInsisting is sooner than the first of these further SYNs: a refusal by then is
// one that the system believed.
const notInsisting = 400 * time.Millisecond

// RefusalDelay is how late a refusal may be told.
func (n *Net) RefusalDelay() time.Duration {
	if n.insists.Load() && !n.prompt.Load() {
		return insistence
	}
	return 0
}

// learn notes how soon a connect was refused.
func (n *Net) learn(f probe.Failure, after time.Duration) {
	if f == probe.ConnectionRefused && after < notInsisting {
		n.prompt.Store(true)
	}
}
