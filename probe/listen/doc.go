// Package listen tells who listens on the streaming ports of a WorkSpace, and
// which connections from outside stand on them. Look reads the system's own
// tables of sockets, Observation writes the answer down. No packet is sent, no
// privilege is needed, and a socket on any other port is dropped while it is
// read. On does so for the ports to which a firewall sends packets of those.
//
// Linux tells the sockets in /proc/net, and whether a socket on :: takes IPv4
// as well over netlink (sock_diag); the process that owns one is found by the
// links in /proc/<pid>/fd, which an ordinary user may read for own processes
// only. Windows tells sockets and process numbers in one call. macOS is not
// looked at: no WorkSpace runs it.
//
// The parsers live in files without a system suffix and are tested on every
// system; look_*.go only fetch the bytes.
package listen
