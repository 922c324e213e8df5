// Package mtu measures which sizes of packets reach a server that answers a
// question of any size: one that speaks QUIC (version negotiation, from 1200
// bytes of UDP payload up) or STUN (padded Binding requests, from a plain one
// up to 1000 bytes).
//
// Every packet must travel whole. What can come of one that is too large: the
// own interface cannot take it (LocalMTU), a router says so (ReportedMTU and
// its sender), or it vanishes while smaller ones are answered (BlackHole), which
// is what a firewall that filters ICMP makes of a narrow link. Silence of every
// size tells nothing about sizes.
//
// Only the way to the server is measured: its answers are small. The package
// opens sockets only through probe.Network, which must be a probe.UDPDialer, and
// decides no blame.
package mtu
