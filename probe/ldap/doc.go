// Package ldap asks a directory server what it says of itself, without
// credentials.
//
// Over TCP that is the rootDSE (RFC 4512 section 5.1; [MS-ADTS] 3.1.1.3.2), the
// server's clock among it. Over UDP it is the question by which Windows finds a
// domain controller, the LDAP ping or CLDAP netlogon search ([MS-ADTS] 6.3.3).
// Domain controllers of Windows and of Samba answer both to anybody.
//
// An answer proves that an LDAP server stands behind the port, and that it is
// a domain controller if it names its domain. A connect without an answer proves
// no more than any connect. Silence proves nothing.
//
// The few messages of LDAP (RFC 4511) that this takes are read and written
// here, in place and within fixed bounds. The usual libraries are no good for
// a peer that may be anybody: go-ldap's reader outlives the Close of its
// connection and tells network errors as text, and a 64 KiB answer can cost
// asn1-ber 19 MB.
//
// The package opens sockets only through probe.Network and decides no blame.
package ldap
