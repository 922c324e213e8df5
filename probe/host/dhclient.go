package host

import (
	"net/netip"
	"strings"
)

// parseDHClient gives the addresses of the statements "prepend
// domain-name-servers" and "supersede domain-name-servers" (dhclient.conf(5)),
// wherever they stand: globally or for one interface.
func parseDHClient(b []byte) ([]netip.Addr, error) {
	var list []netip.Addr
	for statement := range strings.FieldsFuncSeq(uncommented(string(b)), func(r rune) bool { return strings.ContainsRune(";{}", r) }) {
		words := strings.Fields(statement)
		if len(words) < 3 || (words[0] != "prepend" && words[0] != "supersede") || words[1] != "domain-name-servers" {
			continue
		}
		found, err := addressList(strings.Join(words[2:], " "), ", ")
		if err != nil {
			return nil, err
		}
		for _, a := range found {
			list = appendServer(list, a)
		}
	}
	return list, nil
}

// uncommented drops what follows a "#" and what stands in quotation marks, in
// which the marks of the language mean nothing.
func uncommented(s string) string {
	var out strings.Builder
	quoted, comment := false, false
	for _, r := range s {
		switch {
		case comment:
			comment = r != '\n'
		case r == '"':
			quoted = !quoted
		case r == '#' && !quoted:
			comment = true
		case quoted:
			continue
		}
		if !comment && !quoted {
			out.WriteRune(r)
		}
	}
	return out.String()
}
