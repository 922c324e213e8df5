package socket

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
)

// TestASystemThatInsistsMakesRefusalsLate: and only that one.
func TestASystemThatInsistsMakesRefusalsLate(t *testing.T) {
	n := New(Options{})
	if d := probe.RefusalDelay(n); d != 0 {
		t.Errorf("%v", d)
	}
	n.insists.Store(true)
	if d := probe.RefusalDelay(n); d != insistence {
		t.Errorf("insisting: %v", d)
	}
	n.learn(probe.ConnectionRefused, insistence)
	n.learn(probe.LocalPolicyDenied, 0)
	if d := probe.RefusalDelay(n); d != insistence {
		t.Errorf("a late refusal: %v", d)
	}
	n.learn(probe.ConnectionRefused, 20*time.Millisecond)
	if d := probe.RefusalDelay(n); d != 0 {
		t.Errorf("seen to be prompt: %v", d)
	}
}

type stub struct{ closed *int }

func (s stub) Close() error { *s.closed++; return nil }

// TestAConnectOfOneSYNIsRepeated: what several connects come to, of which the n-th
// ends so after so long.
func TestAConnectOfOneSYNIsRepeated(t *testing.T) {
	gaveUp := &probe.NetError{Op: "connect", Failure: probe.Timeout, Err: errors.New("gave up")}
	refused := &probe.NetError{Op: "connect", Failure: probe.ConnectionRefused, Err: errors.New("refused")}
	const never = time.Hour
	type end struct {
		after time.Duration
		err   error
	}
	for _, test := range []struct {
		name   string
		ends   []end
		want   error
		after  time.Duration
		dials  int
		closed int
	}{
		{"answered", []end{{20 * time.Millisecond, nil}}, nil, 20 * time.Millisecond, 1, 0},
		{"refused at once", []end{{20 * time.Millisecond, refused}}, refused, 20 * time.Millisecond, 1, 0},
		{"a SYN is lost", []end{{3 * time.Second, gaveUp}, {20 * time.Millisecond, nil}}, nil, 1020 * time.Millisecond, 2, 0},
		{"a way of more than a second", []end{{1200 * time.Millisecond, nil}, {1200 * time.Millisecond, nil}}, nil, 1200 * time.Millisecond, 2, 1},
		{"nothing ever", []end{{3 * time.Second, gaveUp}, {3 * time.Second, gaveUp}, {3 * time.Second, gaveUp}}, gaveUp, 6 * time.Second, 3, 0},
		{"until the caller has enough", []end{{never, gaveUp}, {never, gaveUp}, {never, gaveUp}}, context.DeadlineExceeded, 10 * time.Second, 3, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			start, closed := time.Now(), 0
			var begun atomic.Int32
			_, err := persist(ctx, func(ctx context.Context) (stub, error) {
				e := test.ends[begun.Add(1)-1]
				switch timer := time.After(e.after); {
				case e.err == nil: // as one whose answer comes while it is cancelled
					<-timer
					return stub{&closed}, nil
				default:
					select {
					case <-timer:
						return stub{&closed}, e.err
					case <-ctx.Done():
						return stub{&closed}, ctx.Err()
					}
				}
			})
			took, dials := time.Since(start), int(begun.Load())
			if test.closed > 0 {
				took = min(took, test.after) // the other's answer is awaited, to close it
			}
			if !errors.Is(err, test.want) || took != test.after || dials != test.dials || closed != test.closed {
				t.Errorf("%s: %v after %v, %d connects, %d closed", test.name, err, time.Since(start), dials, closed)
			}
		})
	}
}
