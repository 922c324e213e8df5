package servers

import (
	"bufio"
	"encoding/binary"
	"io"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	ber "github.com/go-asn1-ber/asn1-ber"
	"github.com/miekg/dns"
)

// Directory is a domain controller as far as anybody sees without credentials:
// its rootDSE (RFC 4512, section 5.1) over TCP and UDP, and the netlogon search
// over UDP by which it is found ([MS-ADTS], section 6.3.3).
type Directory struct {
	Stack  Stack
	Host   string        // its DNS name, such as dc1.corp.example.com
	Domain string        // DNS name of the domain, which is the forest too
	Site   string        // empty: Default-First-Site-Name
	Ahead  time.Duration // how far its clock is ahead of this computer's
	Mode   string        // see directoryModes; empty: it answers
}

// Operations and result codes of LDAP (RFC 4511, sections 4 and 4.1.9).
const (
	ldapBind, ldapBound           = 0, 1
	ldapUnbind                    = 2
	ldapSearch, ldapEntry         = 3, 4
	ldapDone                      = 5
	ldapExtended, ldapExtendedEnd = 23, 24

	codeSuccess       = 0
	codeOperations    = 1
	codeProtocol      = 2
	codeCredentials   = 49
	codeBusy          = 51
	largestDatagram   = 2048 // bytes of a question; a netlogon search has about 120
	largestConnection = 16 << 10
)

// directoryModes are the ways a directory server misbehaves: what it says to
// any question. nil is silence.
var directoryModes = map[string]func(id int64) []byte{
	"mute":    func(int64) []byte { return nil },
	"busy":    func(id int64) []byte { return result(id, ldapDone, codeBusy, "busy\x1b[31m") },
	"garbage": func(int64) []byte { return []byte("0\x84\x00\x00\x00\x08\x1b]0;owned") },
	"endless": func(int64) []byte { return []byte("0\x84\x7f\xff\xff\xff\x02\x01\x01") },
}

// DirectoryModes lists the ways a Directory misbehaves.
func DirectoryModes() []string { return slices.Collect(maps.Keys(directoryModes)) }

// Serve answers at an address, over TCP and UDP.
func (d *Directory) Serve(at netip.AddrPort) error {
	l, err := d.Stack.Listen(at)
	if err != nil {
		return err
	}
	go accept(l, d.Client)
	return ServeUDP(d.Stack, at, d.Datagram)
}

// Client answers one connection.
func (d *Directory) Client(c net.Conn) {
	_ = c.SetDeadline(time.Now().Add(patience))
	r := bufio.NewReader(io.LimitReader(c, largestConnection))
	for {
		p, err := ber.ReadPacket(r)
		if err != nil {
			return
		}
		reply, more := d.answer(p, false)
		if _, err := c.Write(reply); err != nil || !more {
			return
		}
	}
}

// Datagram answers one question over UDP: it is a Responder.
func (d *Directory) Datagram(b []byte, _ netip.AddrPort) []byte {
	if len(b) > largestDatagram {
		return nil
	}
	p, err := ber.DecodePacketErr(b)
	if err != nil {
		return nil
	}
	reply, _ := d.answer(p, true)
	return reply
}

// answer gives what is said to a message, and false if the connection ends.
func (d *Directory) answer(p *ber.Packet, udp bool) (reply []byte, more bool) {
	if len(p.Children) < 2 {
		return nil, false
	}
	id, isNumber := p.Children[0].Value.(int64)
	op := p.Children[1]
	if !isNumber || op.ClassType != ber.ClassApplication {
		return nil, false
	}
	if says, odd := directoryModes[d.Mode]; odd {
		return says(id), op.Tag != ldapUnbind
	}
	switch op.Tag {
	case ldapSearch:
		return d.search(id, op, udp), true
	case ldapBind:
		code := codeCredentials
		if len(op.Children) == 3 && len(op.Children[1].ByteValue) == 0 && op.Children[2].Data.Len() == 0 { // anonymous
			code = codeSuccess
		}
		return result(id, ldapBound, code, ""), true
	case ldapExtended:
		return result(id, ldapExtendedEnd, codeProtocol, "not known here"), true
	}
	return nil, false
}

// search answers a search request (RFC 4511, section 4.5.1).
func (d *Directory) search(id int64, op *ber.Packet, udp bool) []byte {
	if len(op.Children) != 8 {
		return result(id, ldapDone, codeProtocol, "")
	}
	base, scope := string(op.Children[0].ByteValue), op.Children[1].Value
	if base != "" || scope != int64(0) {
		return result(id, ldapDone, codeOperations, "to search further a successful bind must be completed")
	}
	var wanted []string
	for _, a := range op.Children[7].Children {
		wanted = append(wanted, strings.ToLower(string(a.ByteValue)))
	}
	if !slices.Contains(wanted, "netlogon") {
		return append(entry(id, d.root(), wanted), result(id, ldapDone, codeSuccess, "")...)
	}
	var reply []byte
	if value := d.netlogon(op.Children[6]); udp && value != nil {
		reply = entry(id, []attribute{{"Netlogon", []string{string(value)}}}, wanted)
	}
	return append(reply, result(id, ldapDone, codeSuccess, "")...)
}

// attribute is one of an entry.
type attribute struct {
	name   string
	values []string
}

// root is the rootDSE.
func (d *Directory) root() []attribute {
	context := "DC=" + strings.Join(strings.Split(d.Domain, "."), ",DC=")
	account, _, _ := strings.Cut(d.Host, ".")
	return []attribute{
		{"currentTime", []string{time.Now().Add(d.Ahead).UTC().Format("20060102150405") + ".0Z"}},
		{"dnsHostName", []string{d.Host}},
		{"defaultNamingContext", []string{context}},
		{"rootDomainNamingContext", []string{context}},
		{"configurationNamingContext", []string{"CN=Configuration," + context}},
		{"ldapServiceName", []string{d.Domain + ":" + account + "$@" + strings.ToUpper(d.Domain)}},
		{"supportedLDAPVersion", []string{"2", "3"}},
		{"isSynchronized", []string{"TRUE"}},
	}
}

// Of a netlogon search ([MS-ADTS], sections 6.3.1.1 to 6.3.1.3).
const (
	ntVersionEx   = 4     // bit of NtVer: the extended response is understood
	ntVersion     = 1 | 4 // of the response
	logonResponse = 23    // LOGON_SAM_LOGON_RESPONSE_EX
	serverFlags   = 0x3fd // PDC, GC, LDAP, DS, KDC, time service, closest, writable, good time service
)

// netlogon gives the value that answers a filter, a
// NETLOGON_SAM_LOGON_RESPONSE_EX ([MS-ADTS], section 6.3.1.9), and nil where
// the filter is about another domain.
func (d *Directory) netlogon(filter *ber.Packet) []byte {
	terms := map[string][]byte{}
	for _, term := range filter.Children {
		if len(term.Children) == 2 {
			terms[strings.ToLower(string(term.Children[0].ByteValue))] = term.Children[1].ByteValue
		}
	}
	domain, given := terms["dnsdomain"]
	version := terms["ntver"]
	if given && !strings.EqualFold(strings.TrimSuffix(string(domain), "."), d.Domain) || len(version) < 4 ||
		version[0]&ntVersionEx == 0 {
		return nil
	}
	site := d.Site
	if site == "" {
		site = "Default-First-Site-Name"
	}
	flat, _, _ := strings.Cut(strings.ToUpper(d.Domain), ".")
	computer, _, _ := strings.Cut(strings.ToUpper(d.Host), ".")
	b := make([]byte, 4096)
	binary.LittleEndian.PutUint16(b, logonResponse)
	binary.LittleEndian.PutUint32(b[4:], serverFlags)
	copy(b[8:24], "simulated domain")
	at, packed := 24, map[string]int{}
	for _, name := range []string{d.Domain, d.Domain, d.Host, flat, computer, "", site, site} {
		next, err := dns.PackDomainName(dns.Fqdn(name), b, at, packed, true)
		if err != nil {
			return nil
		}
		at = next
	}
	b = binary.LittleEndian.AppendUint32(b[:at], ntVersion)
	return append(b, 0xff, 0xff, 0xff, 0xff)
}

// entry writes a search result entry with those attributes that are wanted.
func entry(id int64, all []attribute, wanted []string) []byte {
	list := ber.NewSequence("attributes")
	for _, a := range all {
		if len(wanted) > 0 && !slices.Contains(wanted, "*") && !slices.Contains(wanted, strings.ToLower(a.name)) {
			continue
		}
		values := ber.Encode(ber.ClassUniversal, ber.TypeConstructed, ber.TagSet, nil, "values")
		for _, v := range a.values {
			values.AppendChild(octets(v))
		}
		one := ber.NewSequence("attribute")
		one.AppendChild(octets(a.name))
		one.AppendChild(values)
		list.AppendChild(one)
	}
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, ldapEntry, nil, "entry")
	op.AppendChild(octets(""))
	op.AppendChild(list)
	return envelope(id, op)
}

// result writes the end of an operation.
func result(id int64, tag ber.Tag, code int, text string) []byte {
	op := ber.Encode(ber.ClassApplication, ber.TypeConstructed, tag, nil, "result")
	op.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagEnumerated, code, "code"))
	op.AppendChild(octets(""))
	op.AppendChild(octets(text))
	return envelope(id, op)
}

func envelope(id int64, op *ber.Packet) []byte {
	m := ber.NewSequence("message")
	m.AppendChild(ber.NewInteger(ber.ClassUniversal, ber.TypePrimitive, ber.TagInteger, id, "id"))
	m.AppendChild(op)
	return m.Bytes()
}

func octets(s string) *ber.Packet {
	return ber.NewString(ber.ClassUniversal, ber.TypePrimitive, ber.TagOctetString, s, "")
}
