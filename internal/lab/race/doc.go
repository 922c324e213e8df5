// Command race runs `wsdoctor check` and its peers side by side in the
// simulated network, 40 ms away from AWS or more, and prints how long each takes, what
// it sends and how much memory it needs.
//
//	go run ./internal/lab/race [-n ROUNDS] [-json] [-wsdoctor FILE] [-worlds NAMES]
//
// It needs Linux, root (for raw sockets), nmap, ncat, mtr and traceroute. There
// are nine worlds: nothing is wrong (healthy); the same with a gateway that answers
// no datagram (healthy-udp-silent); the office firewall drops the streaming ports
// without a word (dropped); everything beyond the router is dropped (black); the
// lab's path-firewall-drops-40ms and -200ms, where a run counts only if it says
// behind which device the packets end, but for nmap, which cannot; the first of
// these for the fifth time in a row (five-runs), where the verdict must be that of a
// first run; and two inside a WorkSpace, healthy and with a silent directory.
// -worlds picks some of them. In each, all racers take turns, round after
// round, every run in a network built anew, so that whatever else the machine
// does falls on all of them.
//
// The exit code is 0 if every aim of the project is met, 1 if one is missed, 2
// if the race could not be run.
//
// How it is measured:
//
//   - Wall time is from just before the process is made until it has ended.
//   - The first packet's time is the kernel's own stamp on the first IP packet
//     that a packet socket sees leave the client's interface, less the start as
//     above. So it holds fork, exec and the runtime's start.
//   - Packets are the interface's transmit counter, with offloading switched
//     off, so that each is one a wire would carry. Address resolution and the
//     kernel's own packets count; what the kernel sends after the end does not.
//   - Memory is the peak resident set that the kernel reports for the process.
//     It counts the moment between fork and exec too, so it is never below what
//     the lab itself needs (about 15 MB) and too high for a small program.
//   - The floor is four round trips: name, TCP, TLS 1.3, HTTP. The round trip
//     is measured by plain TCP connects in the same world, in every round. The
//     simulated name server stands nearer than AWS, as most do, so the race
//     also measures that chain itself, by Go's HTTP client in a process that is
//     up already.
//   - Ratios are formed within a round; the median of them is shown.
package main
