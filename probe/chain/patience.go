package chain

import (
	"context"
	"sync"
	"time"
)

// patience is the time that the network has for a handshake. It stands still while
// this computer does its own part.
type patience struct {
	mu     sync.Mutex
	timer  *time.Timer // nil for no limit
	left   time.Duration
	since  time.Time // when it last began to run
	passed bool
	cancel context.CancelFunc
}

// begin gives the context of a handshake; 0 is no limit but ctx's.
func begin(ctx context.Context, limit time.Duration) (context.Context, *patience) {
	ctx, cancel := context.WithCancel(ctx)
	p := &patience{left: limit, since: time.Now(), cancel: cancel}
	if limit > 0 {
		p.timer = time.AfterFunc(limit, p.pass)
	}
	return ctx, p
}

func (p *patience) pass() {
	p.mu.Lock()
	p.passed = true
	p.mu.Unlock()
	p.cancel()
}

// pause is false where the time is over already.
func (p *patience) pause() bool {
	if p.timer == nil {
		return true
	}
	running := p.timer.Stop()
	p.left -= time.Since(p.since)
	return running
}

func (p *patience) resume() {
	if p.timer != nil {
		p.since = time.Now()
		p.timer.Reset(max(p.left, 0))
	}
}

// late: the network had its time.
func (p *patience) late() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.passed
}

func (p *patience) end() {
	if p.timer != nil {
		p.timer.Stop()
	}
	p.cancel()
}
