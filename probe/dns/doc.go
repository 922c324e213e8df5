// Package dns asks a name server, or the system resolver, for the records of
// one name and writes down what came back.
//
// Start with Prober. A target whose Resolver is "system" is asked for through
// [probe.Network.Resolve] and [probe.Network.ResolveTXT], which is what
// applications use; any other Resolver is the ip:port of one name server, which
// gets the question itself, over UDP and, where that is needed, over TCP. The
// difference between the two is often the diagnosis.
//
// Words used here: a question is a name and a record type; an attempt is one
// datagram that carries it, with its own socket and ID; garbage is a message
// that is no valid answer to any attempt; a bogon is an address that no name on
// the public internet can have, see Bogon.
//
// The package imports the vocabulary in probe and the DNS message library, and
// opens no socket by itself.
package dns
