// Package chain does one TLS handshake and writes down who signed what was
// presented, whether or not the certificate verifies.
//
// Handshake is the entry. It verifies three things apart from each other, so
// that a rule can tell their combinations apart: the signer (against this
// computer's trusted authorities), the host name, and the dates. It then
// verifies a second time against the bundled authorities of AWS, because a
// company's inspection certificate passes the first test and fails the second.
// The bundled list can never be complete (authorities change), so a chain that
// is merely named like one of them is a verdict of its own.
//
// Only a connection whose signer, name and dates are all right is handed back:
// nothing is ever sent over another one.
//
// The package reads at most 256 KiB during a handshake and keeps at most ten
// certificates with eight names each, all text cleaned. It imports no prober
// and opens no socket.
package chain
