// Package attention hears Ctrl-C and SIGTERM from the earliest moment a Go program
// can: while the packages after it are still being set up, which takes longer than
// anything else before the first packet. Whoever is interrupted then still gets a
// report. Only a main package imports it, because from then on nothing but Context
// ends the program when it is asked to.
package attention

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

// asked holds what came. It is set up where packages are, and not by a call, for
// the sake of being first: Go goes by the order of their paths, and nothing here
// needs another package of ours.
var asked = listen()

func listen() chan os.Signal {
	c := make(chan os.Signal, 1)
	signal.Notify(c, os.Interrupt, syscall.SIGTERM)
	return c
}

// Ignore gives the signals their usual effect back, for a process that is not the
// program a user started.
func Ignore() { signal.Stop(asked) }

// Context ends with the first signal, even one that came before it was made. After
// stop the signals have their usual effect.
func Context(parent context.Context) (ctx context.Context, stop func()) {
	ctx, cancel := context.WithCancel(parent)
	select {
	case <-asked:
		cancel()
	default:
		go func() {
			select {
			case <-asked:
				cancel()
			case <-ctx.Done():
			}
		}()
	}
	return ctx, func() {
		Ignore()
		cancel()
	}
}
