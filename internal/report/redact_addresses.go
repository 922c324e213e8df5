package report

import (
	"fmt"
	"net/netip"
	"regexp"
	"strings"
)

// addressClass is what a pseudonym still tells of an address.
type addressClass int

const (
	classPrivate addressClass = iota // of a private network
	classEgress                      // public and this computer's
	classPublic                      // public and somebody else's, but not AWS's
)

// stands are the documentation networks (RFC 5737, RFC 3849) that stand for each
// class where only an address will do, and the class's name in prose.
var stands = [...]struct {
	label string
	ip4   [3]byte
	ip6   byte // 2001:db8:<ip6>::N
}{
	classPrivate: {"private", [3]byte{192, 0, 2}, 1},
	classEgress:  {"egress", [3]byte{198, 51, 100}, 2},
	classPublic:  {"public", [3]byte{203, 0, 113}, 3},
}

// untouched are addresses that say nothing of the user: the public resolvers
// everybody uses, link-local services of EC2, and AWS's activation servers.
var untouched = map[netip.Addr]bool{
	netip.MustParseAddr("1.1.1.1"):              true,
	netip.MustParseAddr("1.0.0.1"):              true,
	netip.MustParseAddr("8.8.8.8"):              true,
	netip.MustParseAddr("8.8.4.4"):              true,
	netip.MustParseAddr("9.9.9.9"):              true,
	netip.MustParseAddr("2606:4700:4700::1111"): true,
	netip.MustParseAddr("2001:4860:4860::8888"): true,
	netip.MustParseAddr("169.254.169.254"):      true,
	netip.MustParseAddr("169.254.169.253"):      true,
	netip.MustParseAddr("169.254.169.123"):      true,
	netip.MustParseAddr("fd00:ec2::254"):        true,
	netip.MustParseAddr("169.254.169.250"):      true,
	netip.MustParseAddr("169.254.169.251"):      true,
	netip.MustParseAddr("54.239.236.220"):       true,
}

// carrierGrade is RFC 6598's network, private in all but name.
var carrierGrade = netip.MustParsePrefix("100.64.0.0/10")

type pseudonym struct {
	class addressClass
	n     int
	of    netip.Addr
}

// addressBook gives the same address the same pseudonym. Numbers run per class,
// both families together.
type addressBook struct {
	mine  map[netip.Addr]bool
	cloud map[netip.Addr]bool
	bases map[netip.Addr]bool // first addresses of published networks: no computer has one
	given map[netip.Addr]pseudonym
	count [len(stands)]int
	key   PseudonymKey
}

func newAddressBook() addressBook {
	return addressBook{
		mine:  map[netip.Addr]bool{},
		cloud: map[netip.Addr]bool{},
		bases: map[netip.Addr]bool{},
		given: map[netip.Addr]pseudonym{},
	}
}

func bare(a netip.Addr) netip.Addr { return a.Unmap().WithZone("") }

// learnOwn and learnAWS learn; what is this computer's own is redacted even if AWS's names point to it.
func (b *addressBook) learnOwn(a netip.Addr) { b.mine[bare(a)] = true }
func (b *addressBook) learnAWS(a netip.Addr) { b.cloud[bare(a)] = true }

// stays learns a network that AWS publishes, so that prose can name it.
func (b *addressBook) stays(p netip.Prefix) {
	if p.IsValid() && !p.IsSingleIP() {
		b.bases[p.Masked().Addr()] = true
	}
}

// find gives the pseudonym, and false for an address that may stay.
func (b *addressBook) find(a netip.Addr) (pseudonym, bool) {
	a = bare(a)
	if p, known := b.given[a]; known { // a stream may have shown it before more was learnt
		return p, true
	}
	private := a.IsPrivate() || a.IsLinkLocalUnicast() || carrierGrade.Contains(a)
	switch {
	case !a.IsValid(), a.IsUnspecified(), a.IsLoopback(), a.IsMulticast(), untouched[a], b.bases[a] && !b.mine[a]:
		return pseudonym{}, false
	case b.cloud[a] && !b.mine[a] && !private:
		return pseudonym{}, false
	}
	p := pseudonym{class: classPublic, of: a}
	switch {
	case private:
		p.class = classPrivate
	case b.mine[a]:
		p.class = classEgress
	}
	b.count[p.class]++
	p.n = b.count[p.class]
	b.given[a] = p
	return p, true
}

// stand gives the address that stands for a in a typed field. Past 254 of a
// class IPv4 has no more numbers, and all share .255.
func (b *addressBook) stand(a netip.Addr) netip.Addr {
	p, secret := b.find(a)
	if !secret {
		return a
	}
	s := stands[p.class]
	if b.key.secret != nil {
		stand, _ := b.key.address(p.class, p.of)
		return stand.WithZone(a.Zone())
	}
	if a.Unmap().Is4() {
		return netip.AddrFrom4([4]byte{s.ip4[0], s.ip4[1], s.ip4[2], byte(min(p.n, 255))})
	}
	return netip.AddrFrom16([16]byte{0x20, 0x01, 0x0d, 0xb8, 0, s.ip6, 14: byte(p.n >> 8), 15: byte(p.n)}).
		WithZone(a.Zone())
}

var (
	// addressLike finds runs that may hold addresses; ParseAddr decides.
	addressLike = regexp.MustCompile(`[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]+(?:%[0-9A-Za-z]+)?`)
	// dashed finds addresses inside host names, such as ip-10-0-0-5.
	dashed = regexp.MustCompile(`\b\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}\b`)
)

// replace rewrites addresses inside a string. One without spaces (an address,
// host:port, a URL) keeps its form, because programs read it; in prose the label
// stands.
func (b *addressBook) replace(s string) string {
	prose := strings.ContainsRune(strings.TrimSpace(s), ' ')
	s = addressLike.ReplaceAllStringFunc(s, func(run string) string { return b.run(run, prose) })
	return dashed.ReplaceAllStringFunc(s, func(match string) string {
		a, err := netip.ParseAddr(strings.ReplaceAll(match, "-", "."))
		if err != nil {
			return match
		}
		return strings.ReplaceAll(b.stand(a).String(), ".", "-")
	})
}

// run rewrites the addresses in a run of hexadecimal digits, dots and colons. A
// port, a word before a colon or the full stop of a sentence may be part of it,
// so every piece between two of its joints is tried, long ones first.
func (b *addressBook) run(s string, prose bool) string {
	var out strings.Builder
	for i := 0; i < len(s); {
		end := 0
		if i == 0 || isJoint(s[i-1]) || isJoint(s[i]) {
			end = longestAddress(s[i:])
		}
		if end == 0 {
			out.WriteByte(s[i])
			i++
			continue
		}
		out.WriteString(b.written(s[i:i+end], prose))
		i += end
	}
	return out.String()
}

func isJoint(c byte) bool { return c == '.' || c == ':' }

// longestAddress gives the length of the longest address s begins with, or 0.
func longestAddress(s string) int {
	const most = 64 // an IPv6 address with its zone
	for end := min(len(s), most); end > 1; end-- {
		if end < len(s) && !isJoint(s[end]) && !isJoint(s[end-1]) {
			continue // not through a number
		}
		if _, err := netip.ParseAddr(s[:end]); err == nil {
			return end
		}
	}
	return 0
}

func (b *addressBook) written(address string, prose bool) string {
	a := netip.MustParseAddr(address)
	p, secret := b.find(a)
	switch {
	case !secret:
		return address
	case prose && b.key.secret != nil:
		_, label := b.key.address(p.class, p.of)
		return stands[p.class].label + "-" + label
	case prose:
		return fmt.Sprintf("%s-%d", stands[p.class].label, p.n)
	default:
		return b.stand(a).String()
	}
}
