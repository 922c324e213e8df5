// Package host gathers what this computer says of its own network: links and
// addresses, the route a packet would take, policy rules on the target's port,
// resolvers, the web proxy, interfaces that look like a VPN, and whether this
// is the inside of a WorkSpace.
//
// Gather asks the kernel and reads a few files. It sends no packet, unless Ask.Script
// lets it have the system find a proxy, needs no privilege and knows no blame. Observations writes the same facts down for
// the report. Routes asks again for addresses that were learnt later. Inside
// asks for what matters in a WorkSpace only: the whole routing table, the
// management interface and what overlaps its network, and the directory.
//
// How a route that was denied reads: LocalPolicyDenied with an Interface means
// that the kernel refuses this port while it would carry other traffic to the
// same address; LocalPolicyDenied without an Interface means that it refuses
// the whole address (a prohibit or blackhole route, as VPN kill switches make
// them). NoRoute means that the address family has no default route at all.
//
// Parsers and tables live in files without a system suffix and are tested on
// every system; *_linux.go, *_darwin.go, *_windows.go and *_other.go only fetch
// the bytes. What a system does not tell becomes a gap.
package host
