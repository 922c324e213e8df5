package probe

import (
	"encoding/json"
	"slices"
)

// Failure is the closed list of ways a network operation can fail. Where OONI's
// df-007 (ooni/spec, data-formats/df-007-errors.md) has a spelling, it is used.
// The empty Failure is "no failure" and is written as null.
type Failure string

// Failures with OONI's spelling.
const (
	ConnectionRefused    Failure = "connection_refused"
	ConnectionReset      Failure = "connection_reset"
	ConnectionAborted    Failure = "connection_aborted"
	EOF                  Failure = "eof_error"
	Timeout              Failure = "generic_timeout_error"
	HostUnreachable      Failure = "host_unreachable"
	NetworkUnreachable   Failure = "network_unreachable"
	NetworkDown          Failure = "network_down"
	AddressNotAvailable  Failure = "address_not_available"
	Interrupted          Failure = "interrupted"
	PermissionDenied     Failure = "permission_denied"
	MessageSize          Failure = "message_size"
	DNSNXDomain          Failure = "dns_nxdomain_error"
	DNSServfail          Failure = "dns_servfail_error"
	DNSRefused           Failure = "dns_refused_error"
	DNSNoAnswer          Failure = "dns_no_answer"
	DNSBogon             Failure = "dns_bogon_error"
	DNSMisbehaving       Failure = "dns_server_misbehaving"
	DNSTemporary         Failure = "dns_temporary_failure"
	TLSFailedHandshake   Failure = "ssl_failed_handshake"
	TLSInvalidHostname   Failure = "ssl_invalid_hostname"
	TLSUnknownAuthority  Failure = "ssl_unknown_authority"
	TLSInvalid           Failure = "ssl_invalid_certificate"
	HTTPRequestFailed    Failure = "http_request_failed"
	HTTPUnexpectedStatus Failure = "http_unexpected_status_code"
	UnknownFailure       Failure = "unknown_failure"
)

// Own additions.
const (
	// LocalPolicyDenied: this computer's kernel refused to send (EPERM or EACCES
	// from send or connect with no ICMP sender, or WSAEACCES).
	LocalPolicyDenied Failure = "local_policy_denied"
	// AdministrativelyProhibited: a router answered ICMP 3/9, 3/10, 3/13 or
	// ICMPv6 1/1, 1/5, 1/6; the detail names it.
	AdministrativelyProhibited Failure = "administratively_prohibited"
	// TTLExceeded: a router answered ICMP 11/0 or ICMPv6 3/0.
	TTLExceeded Failure = "ttl_exceeded"
	// TLSExpired: the presented certificate is out of its dates by this clock.
	TLSExpired Failure = "ssl_certificate_expired"
	// TLSUnjudged: the peer presented its certificates, and this computer's own store
	// did not say in time whether it trusts them; always not-run, and a gap.
	TLSUnjudged Failure = "ssl_certificate_not_judged"
	// MalformedReply: bytes came that are no valid message of the protocol.
	MalformedReply Failure = "malformed_reply"
	// ReplyTooLarge: the peer sent more than the bound; reading stopped.
	ReplyTooLarge Failure = "reply_too_large"
	// HTTPUnexpectedBody: the status fits, the body is not the service's.
	HTTPUnexpectedBody Failure = "http_unexpected_body"
	// HTTPRedirectedElsewhere: a redirect to a host that is not the vendor's.
	HTTPRedirectedElsewhere Failure = "http_redirected_elsewhere"
	// ProxyAuthRequired: the proxy answered 407.
	ProxyAuthRequired Failure = "proxy_auth_required"
	// ProxyRefused: the proxy answered CONNECT with another status than 2xx.
	ProxyRefused Failure = "proxy_refused"
	// NoAddress: the name gave no address to try.
	NoAddress Failure = "no_address"
	// NoInterface, NoRoute, NoResolver: the host fact looked for does not exist.
	NoInterface Failure = "no_interface"
	NoRoute     Failure = "no_route"
	NoResolver  Failure = "no_resolver"
	// FirewallDenied: the rules of this computer's firewall discard or refuse
	// such a packet; the detail holds the rule.
	FirewallDenied Failure = "firewall_denied"
	// AccessDenied: the credentials may not make this call of AWS's API. It says nothing
	// of what was asked.
	AccessDenied Failure = "access_denied"
	// Throttled: the API refused call after call for its rate.
	Throttled Failure = "throttled"
	// CredentialsInvalid: missing, expired, or of no use to the API.
	CredentialsInvalid Failure = "credentials_invalid"
	// NotFound: the API answered that there is no such thing.
	NotFound Failure = "not_found"
	// ServiceError: the API answered with another error of its own.
	ServiceError Failure = "service_error"
	// Unsupported: this system cannot do it; always also a gap.
	Unsupported Failure = "unsupported"
	// ComputerBusy: this process stood still while the answer was awaited, or got
	// no time to wait, so silence would say nothing; always not-run, and a gap.
	ComputerBusy Failure = "computer_busy"
	// ComputerExhausted: the system had no file, buffer or memory left for a socket
	// (EMFILE, ENFILE, ENOBUFS, ENOMEM); nothing was sent. Always not-run, and a gap.
	ComputerExhausted Failure = "computer_exhausted"
)

// Failures lists every code. What each means stands in package words.
var Failures = []Failure{
	ConnectionRefused, ConnectionReset, ConnectionAborted, EOF, Timeout, HostUnreachable,
	NetworkUnreachable, NetworkDown, AddressNotAvailable, Interrupted, PermissionDenied,
	MessageSize, DNSNXDomain, DNSServfail, DNSRefused, DNSNoAnswer, DNSBogon, DNSMisbehaving,
	DNSTemporary, TLSFailedHandshake, TLSInvalidHostname, TLSUnknownAuthority, TLSInvalid,
	TLSExpired, HTTPRequestFailed, HTTPUnexpectedStatus, HTTPUnexpectedBody,
	HTTPRedirectedElsewhere, ProxyAuthRequired, ProxyRefused, UnknownFailure,
	LocalPolicyDenied, AdministrativelyProhibited, TTLExceeded, MalformedReply, ReplyTooLarge,
	NoAddress, NoInterface, NoRoute, NoResolver, FirewallDenied, Unsupported, TLSUnjudged,
	AccessDenied, Throttled, CredentialsInvalid, NotFound, ServiceError,
	ComputerBusy, ComputerExhausted,
}

// Known: this version knows what it means.
func (f Failure) Known() bool { return slices.Contains(Failures, f) }

// MarshalJSON writes the empty failure as null.
func (f Failure) MarshalJSON() ([]byte, error) {
	if f == "" {
		return []byte("null"), nil
	}
	return json.Marshal(string(f))
}
