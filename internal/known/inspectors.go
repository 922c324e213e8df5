package known

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
)

// Where a product signs certificates in other hosts' names.
type Where string

// The closed list of places.
const (
	OnComputer Where = "computer" // software on this computer
	InNetwork  Where = "network"  // a device or a cloud on the way
	Either     Where = "either"   // cannot tell
)

// Inspector is a product that opens TLS and signs it again, by the name that its
// authority carries.
type Inspector struct {
	Product  string     `json:"product"`
	Field    string     `json:"field"`    // of the distinguished name: CN, O or E
	Contains string     `json:"contains"` // part of the field's value, in any case
	Where    Where      `json:"where"`
	Owner    string     `json:"owner"`  // who can exempt a host in it, as package words calls them
	Conf     Confidence `json:"conf"`   // Low: good for a sentence, not for a verdict
	Source   string     `json:"source"` // where that name was seen
}

var inspectors = sync.OnceValue(func() []Inspector {
	list, err := readInspectors()
	if err != nil {
		panic("known: " + err.Error()) // embedded data; a test reads it
	}
	return list
})

func readInspectors() ([]Inspector, error) {
	var f struct {
		Rows []Inspector `json:"rows"`
	}
	b, err := files.ReadFile("data/inspectors.json")
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		return nil, fmt.Errorf("inspectors.json: %w", err)
	}
	return f.Rows, nil
}

// InspectorOf names the product whose authority carries one of these
// distinguished names (RFC 4514, as crypto/x509/pkix writes them). The first row
// that fits wins: rows go from specific to general.
func InspectorOf(names ...string) (Inspector, bool) {
	for _, row := range inspectors() {
		for _, name := range names {
			for _, value := range fields(name, row.Field) {
				if strings.Contains(strings.ToLower(value), strings.ToLower(row.Contains)) {
					return row, true
				}
			}
		}
	}
	return Inspector{}, false
}

// emailAddress is the attribute that pkix.Name knows no short name for and
// writes as a number and hexadecimal DER (RFC 2985 section 5.2.1).
const emailAddress = "1.2.840.113549.1.9.1"

// fields gives the values of one attribute of a distinguished name.
func fields(name, attribute string) (values []string) {
	if attribute == "E" {
		attribute = emailAddress
	}
	for _, part := range split(name) {
		key, value, found := strings.Cut(part, "=")
		if !found || !strings.EqualFold(strings.TrimSpace(key), attribute) {
			continue
		}
		if digits, isHex := strings.CutPrefix(value, "#"); isHex {
			if der, err := hex.DecodeString(digits); err == nil && len(der) > 2 {
				value = string(der[2:]) // tag and length of a short string
			}
		}
		values = append(values, value)
	}
	return values
}

// split parts a distinguished name at the commas and plus signs that are not
// escaped.
func split(name string) (parts []string) {
	var part strings.Builder
	escaped := false
	for _, r := range name {
		switch {
		case escaped:
			escaped = false
			part.WriteRune(r)
		case r == '\\':
			escaped = true
		case r == ',' || r == '+':
			parts = append(parts, part.String())
			part.Reset()
		default:
			part.WriteRune(r)
		}
	}
	return append(parts, part.String())
}
