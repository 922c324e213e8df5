// Package probe is the vocabulary of wsdoctor: what may be sent, and how
// what happened is written down.
//
// Read Observation first: everything the program ever learns is one. A Prober
// turns a Target into observations by way of a Network, which is the only door
// to sockets; the probers themselves live one folder below, one each. Nothing
// here decides who is at fault. That is the business of internal/diagnose,
// which reads observations and sends nothing.
//
// This package imports no prober and none of internal.
package probe
