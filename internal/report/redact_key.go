package report

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/netip"
)

// PseudonymKey makes pseudonyms the same in every report of a company: they follow from
// the key and the name, so that reports can be joined and nobody without the key can
// tell what they stand for. An empty key is none: pseudonyms are numbers then, which
// mean something in one report alone.
type PseudonymKey struct{ secret []byte }

// Bounds of a key, in bytes.
const (
	leastKey = 16
	mostKey  = 4096
)

// ErrKey says that a key is too short to hide anything, or no key at all.
var ErrKey = errors.New("a key has 16 to 4096 bytes")

// ReadPseudonymKey reads a key; space around it does not count. The error is the
// reader's, or ErrKey.
func ReadPseudonymKey(in io.Reader) (PseudonymKey, error) {
	b, err := io.ReadAll(io.LimitReader(in, mostKey+1))
	if err != nil {
		return PseudonymKey{}, fmt.Errorf("read key: %w", err)
	}
	if len(b) > mostKey {
		return PseudonymKey{}, ErrKey
	}
	if b = bytes.TrimSpace(b); len(b) < leastKey {
		return PseudonymKey{}, ErrKey
	}
	return PseudonymKey{b}, nil
}

// Level is what reports say of their pseudonyms: which key they come from, by a mark
// that does not tell the key.
func (k PseudonymKey) Level() string {
	if k.secret == nil {
		return ""
	}
	return "key:" + hex.EncodeToString(k.mac("level", "")[:4])
}

func (k PseudonymKey) mac(kind, name string) []byte {
	h := hmac.New(sha256.New, k.secret)
	h.Write([]byte(kind + "\x00" + name))
	return h.Sum(nil)
}

// name is the pseudonym of a name.
func (k PseudonymKey) name(kind nameKind, name string) string {
	return string(kind) + "-" + hex.EncodeToString(k.mac("name", name)[:5])
}

// keyedIP4 are the networks of keyed pseudonyms of IPv4 addresses, of 2^26 addresses
// each, in what the internet keeps for later (RFC 1112, section 4): the documentation
// networks are too small for two addresses not to meet.
var keyedIP4 = [...]byte{classPrivate: 240, classEgress: 244, classPublic: 248}

// address is what stands for an address, and its number in prose.
func (k PseudonymKey) address(class addressClass, a netip.Addr) (stand netip.Addr, label string) {
	mac := k.mac("address", a.String())
	if a.Is4() {
		n := binary.BigEndian.Uint32(mac) & (1<<26 - 1)
		var b [4]byte
		binary.BigEndian.PutUint32(b[:], uint32(keyedIP4[class])<<24|n)
		return netip.AddrFrom4(b), fmt.Sprintf("%07x", n)
	}
	b := [16]byte{0x20, 0x01, 0x0d, 0xb8, 0, stands[class].ip6}
	copy(b[8:], mac[:8])
	return netip.AddrFrom16(b), hex.EncodeToString(mac[:8])
}
