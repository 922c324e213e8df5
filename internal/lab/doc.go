// Package lab is a simulated internet with one fault in it, for the demo
// command and for tests. Read Scenario first: what is wrong is data. What a right
// diagnosis of it must say stands beside it in the tests (trial), and what only they
// need is added by them (beyond), so that none of it ships.
//
// On Linux, Run starts this program again as the lab's host, in new user (or,
// for root, no user), network, mount and process namespaces. The host builds
//
//	client – router – firewall – provider – (wire) – edge – aws
//	                     |
//	                  office
//
// with IPv4 and IPv6, starts the servers of internal/lab/servers in the right
// places, injects the scenario's faults, and runs a command in the client's
// namespace as an ordinary user without privileges. The command sees an
// ordinary computer: /etc/resolv.conf, routes, and a certificate store given by
// SSL_CERT_FILE. No packet leaves the lab, no program but this one is needed,
// and everything vanishes with the host process.
//
// A program that calls Run must call HostMain first thing in main (or TestMain)
// when IsHost says so.
//
// That is one topology. A scenario may choose the other, a WorkSpace between the
// network that AWS reaches it by (eth0) and its VPC (eth1):
//
//	management – workspace – vpc – (wire) – aws
//	                         |  |
//	                       dc1  dc2
//
// with streaming gateways, metadata and activation servers behind eth0, a
// directory's two domain controllers in the VPC, and NAT to the internet. There
// the command sees what a Linux WorkSpace has: the agent's files, a service
// manager, and processes that listen on the streaming ports. Scenarios whose
// firewall rules it shall read run it as the lab's root. Both are values of the
// same type, and everything else here works for both; see topology.
//
// A third kind is drawn: Draw makes a random world of a seed, with routers of
// every temper, hosts of their own for the web, streaming and STUN, what only looks
// wrong, and what is wrong. Its Truth follows from how it was made, and an
// independent client in the same network confirms it (Options.Witness); TestWorlds
// holds verdicts against it and prints how often they are right.
//
// Every router of the desk's chain is a hop that answers for its TTL, unless a fault
// makes it mute, so a scenario also says where its faults are (Expect.Between),
// and Expect.Judge holds a report's interval against that.
//
// NewLoopback is the small variant for other systems: the same servers on
// loopback ports, behind a probe.Network, with the faults that can be shown
// that way.
package lab
