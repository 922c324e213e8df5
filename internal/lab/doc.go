// Package lab is a simulated internet with one fault in it, for the demo
// command and for tests. Read Scenario first: what is wrong is data, and so is
// what a right diagnosis of it must say.
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
// Every router of the chain is a hop that answers for its TTL, unless a fault
// makes it mute, so a scenario also says where its faults are (Expect.Between),
// and Expect.Judge holds a report's interval against that.
//
// NewLoopback is the small variant for other systems: the same servers on
// loopback ports, behind a probe.Network, with the faults that can be shown
// that way.
package lab
