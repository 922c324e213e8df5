package firewall

import "testing"

// ipsets are what the rules below ask for; those for IPv6 end with 6.
const ipsets = `create ip4 hash:ip
add ip4 198.19.1.1
add ip4 203.0.113.7
create both4 hash:ip netmask 17
add both4 198.19.0.1
add both4 198.19.128.1
create net4 hash:net
add net4 198.19.0.0/17
add net4 198.19.128.0/17
create except4 hash:net
add except4 198.19.0.0/16
add except4 198.19.200.0/24 nomatch
create ipport4 hash:ip,port
add ipport4 198.19.5.10,tcp:4172
add ipport4 198.19.5.10,udp:8220
add ipport4 198.19.5.10,tcp:8201-8210
add ipport4 198.19.1.1,udp:4172
create netport4 hash:net,port
add netport4 198.19.0.0/16,tcp:4172
add netport4 198.19.0.0/16,udp:4172
add netport4 198.19.128.0/17,tcp:8200
add netport4 198.19.200.0/24,tcp:4172 nomatch
create ports bitmap:port range 4000-9000
add ports 4172
add ports 8200-8225
create range4 bitmap:ip range 198.19.0.0/16
add range4 198.19.1.1
add range4 198.19.5.10
create three4 hash:ip,port,net
add three4 198.19.5.10,tcp:4172,198.19.0.0/16
add three4 198.19.5.10,udp:8220,10.0.0.0/8
create list4 list:set
add list4 ip4
add list4 except4
create mixed list:set
add mixed ports
add mixed ipport4
create soon4 hash:net timeout 600
add soon4 198.19.0.0/16
add soon4 203.0.113.0/24
create counted4 hash:net counters
add counted4 198.19.0.0/16
create filled4 hash:ip
create card4 hash:net,iface
add card4 198.19.0.0/16,eth0
create ip6 hash:ip family inet6
add ip6 fd00:19::1
create net6 hash:net family inet6
add net6 fd00:19::/65
add net6 fd00:19::8000:0:0:0/65
create except6 hash:net family inet6
add except6 fd00:19::/64
add except6 fd00:19::f:0/112 nomatch
create ipport6 hash:ip,port family inet6
add ipport6 fd00:19::10,tcp:4172
create netport6 hash:net,port family inet6
add netport6 fd00:19::/64,udp:4172
`

// addIPSets gives the WorkSpace its sets, once.
func (w *world) addIPSets(t *testing.T) {
	t.Helper()
	if err := w.load("ipset", ipsets, "restore"); err != nil {
		t.Fatal(err)
	}
}

// inSets are questions for sets: most are answered by what is known of the packet.
func inSets(six bool) []string {
	if six {
		return []string{"ip6 src", "ip6 dst", "net6 src", "net6 dst", "except6 src", "ipport6 dst,dst", "netport6 src,dst", "ports dst", "ports src"}
	}
	return []string{"ip4 src", "ip4 dst", "both4 src", "net4 src", "net4 dst", "except4 src", "except4 dst", "ipport4 dst,dst", "ipport4 src,dst", "netport4 src,dst", "netport4 dst,dst", "ports dst", "ports src",
		"range4 src", "range4 dst", "three4 dst,dst,src", "list4 src", "list4 dst", "mixed dst,dst", "mixed dst", "soon4 src", "soon4 dst", "counted4 src", "counted4 dst --packets-gt 100", "filled4 src", "card4 src,src", "net4 src --return-nomatch", "except4 src --return-nomatch"}
}
