// Package udp is the engine behind every probe that asks by datagram: several
// questions a few milliseconds apart, replies matched to them, and an honest
// word about what came back.
//
// Exchange asks one address. Probe asks every address of a target in parallel
// and writes the observations; probe/stun and probe/quic are a Question each.
//
// What an end proves: an answer that Match accepts proves the path both ways and
// somebody who speaks the protocol. An ICMP error is the word of its sender. A
// failed send is the word of this computer. Silence proves nothing. The package
// knows no protocol and no blame.
package udp

import (
	"time"

	"wsdoctor/probe"
)

// Question is what is asked. The zero values of the numbers stand for the
// defaults below.
type Question struct {
	// Payload gives datagram i, counted from 0. Each must be told from the others
	// by its reply (a transaction ID).
	Payload func(i int) []byte
	// Match tells which datagram a reply answers, and false for a reply that
	// is no valid answer to any. It is called from one goroutine at a time and
	// may keep what it learns; reply is only valid during the call.
	Match func(reply []byte) (i int, ok bool)

	Attempts    int           // datagrams
	Spacing     time.Duration // from one to the next
	StopAtFirst bool          // the first answer ends it; otherwise all are sent (a sample of loss and jitter)
	Fresh       bool          // a socket, and so a source port, for each datagram
}

// Defaults of a Question: three, because one lost packet decides nothing, and
// far enough apart that one full queue does not swallow all, and that on most
// paths the first answer comes before the second question would leave.
const (
	DefaultAttempts = 3
	DefaultSpacing  = 50 * time.Millisecond
)

// Bounds on what a hostile peer can make an exchange do.
const (
	maxAttempts = 256  // datagrams sent
	maxExtra    = 64   // datagrams and errors read, beyond one for each sent
	maxSize     = 2048 // bytes of a datagram; a larger one is garbage
)

// enoughRefusals ends an exchange early: three times no and never a yes is an
// answer. Routers limit how many ICMP errors they send to whoever asks on, and a
// sweep may need them yet: a router's word is only asked for once more.
const (
	enoughRefusals = 3
	enoughOfRouter = 2
)

// recheck is how often the patience is looked up while waiting, because another
// prober may learn the round-trip time meanwhile.
const recheck = 25 * time.Millisecond

// Ask fills in t's numbers: Attempts and Spacing if t gives them. More than
// three attempts asked for on purpose are a sample, which no answer cuts short.
func (q Question) Ask(t probe.Target) Question {
	q.StopAtFirst = t.Attempts <= DefaultAttempts
	if t.Attempts > 0 {
		q.Attempts = t.Attempts
	}
	if t.Spacing > 0 {
		q.Spacing = time.Duration(t.Spacing)
	}
	return q
}

func (q Question) defaults() Question {
	if q.Attempts <= 0 {
		q.Attempts = DefaultAttempts
	}
	q.Attempts = min(q.Attempts, maxAttempts)
	if q.Spacing <= 0 {
		q.Spacing = DefaultSpacing
	}
	return q
}
