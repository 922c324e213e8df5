//go:build unix

package attention

import (
	"syscall"
	"testing"
)

// A signal that came while other packages were set up is not lost.
func TestASignalBeforeTheContextEndsIt(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		asked <- s // what the system does before main begins
		ctx, stop := Context(t.Context())
		if ctx.Err() == nil {
			t.Errorf("%v that came before is lost", s)
		}
		stop()
	}
}

func TestASignalEndsTheContext(t *testing.T) {
	asked = listen()
	ctx, stop := Context(t.Context())
	defer stop()
	if ctx.Err() != nil {
		t.Fatal("it ends by itself")
	}
	if err := syscall.Kill(syscall.Getpid(), syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	<-ctx.Done()
}
