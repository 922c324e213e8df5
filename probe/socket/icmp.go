package socket

import "wsdoctor/probe"

// icmpCode is the type and code of an ICMP error message.
type icmpCode struct{ typ, code int }

// icmp4 is what ICMP errors mean for a connection (RFC 792, RFC 1812 section
// 5.2.7.1). Codes that are not here are unknown failures.
var icmp4 = map[icmpCode]probe.Failure{
	{3, 0}:  probe.NetworkUnreachable,
	{3, 1}:  probe.HostUnreachable,
	{3, 2}:  probe.ConnectionRefused, // protocol unreachable: said by the target itself
	{3, 3}:  probe.ConnectionRefused,
	{3, 4}:  probe.MessageSize,
	{3, 6}:  probe.NetworkUnreachable,
	{3, 7}:  probe.HostUnreachable,
	{3, 8}:  probe.HostUnreachable,
	{3, 9}:  probe.AdministrativelyProhibited,
	{3, 10}: probe.AdministrativelyProhibited,
	{3, 11}: probe.NetworkUnreachable,
	{3, 12}: probe.HostUnreachable,
	{3, 13}: probe.AdministrativelyProhibited,
	{11, 0}: probe.TTLExceeded,
}

// icmp6 is the same for ICMPv6 (RFC 4443 section 3).
var icmp6 = map[icmpCode]probe.Failure{
	{1, 0}: probe.NetworkUnreachable,
	{1, 1}: probe.AdministrativelyProhibited,
	{1, 2}: probe.NetworkUnreachable,
	{1, 3}: probe.HostUnreachable,
	{1, 4}: probe.ConnectionRefused,
	{1, 5}: probe.AdministrativelyProhibited,
	{1, 6}: probe.AdministrativelyProhibited,
	{2, 0}: probe.MessageSize,
	{3, 0}: probe.TTLExceeded,
}

// meant is what an ICMP error says, v6 for ICMPv6.
func meant(v6 bool, typ, code int) probe.Failure {
	table := icmp4
	if v6 {
		table = icmp6
	}
	if f, ok := table[icmpCode{typ, code}]; ok {
		return f
	}
	return probe.UnknownFailure
}
