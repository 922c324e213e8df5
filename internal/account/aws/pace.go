package aws

import (
	"context"
	"sync"
	"time"
)

// pace lets a burst through, and after it so many a second.
type pace struct {
	every time.Duration
	burst int

	mu   sync.Mutex
	free time.Time // when the bucket was, or will be, full
}

func newPace(perSecond, burst int) *pace {
	return &pace{every: time.Second / time.Duration(perSecond), burst: burst}
}

// take gives how long the next one has to wait.
func (p *pace) take(now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.free.Before(now) {
		p.free = now
	}
	p.free = p.free.Add(p.every)
	return p.free.Sub(now) - time.Duration(p.burst)*p.every
}

func (p *pace) wait(ctx context.Context) error {
	late := p.take(time.Now())
	if late <= 0 {
		return nil
	}
	t := time.NewTimer(late)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
