package aws

import (
	"net/netip"
	"strings"

	"github.com/aws/smithy-go/middleware"

	"wsdoctor/probe"
)

type stack = middleware.Stack

const (
	longest  = 300  // runes of a text
	mostList = 1000 // elements of a list inside an answer
)

func text(s string) string { return probe.Clean(s, longest) }

// word is a text that may be absent.
func word(p *string) string {
	if p == nil {
		return ""
	}
	return text(*p)
}

// code is a value of one of the SDK's closed lists, which may be one it does not know.
func code[T ~string](v T) string { return text(string(v)) }

func texts[T ~string](list []T) []string { return each(list, code[T]) }

// each makes a list of another, of which no more is read than is sensible. It is never nil.
func each[T, U any](list []T, of func(T) U) []U {
	made := make([]U, 0, min(len(list), mostList))
	for i, v := range list {
		if i == mostList {
			break
		}
		made = append(made, of(v))
	}
	return made
}

func number(p *int32) int {
	if p == nil {
		return 0
	}
	return int(*p)
}

func truth(p *bool) bool { return p != nil && *p }

// ip reads an address; the zero Addr for what is none.
func ip(s string) netip.Addr {
	a, err := netip.ParseAddr(strings.TrimSpace(s))
	if err != nil {
		return netip.Addr{}
	}
	return a.Unmap()
}

func ipOf(p *string) netip.Addr { return ip(word(p)) }

// ips are the addresses of lists.
func ips(lists ...[]string) (all []netip.Addr) {
	for _, list := range lists {
		for _, s := range list {
			if a := ip(s); a.IsValid() && len(all) < mostList {
				all = append(all, a)
			}
		}
	}
	return all
}

// network reads one, or an address as a network of its own; false for what is neither.
func network(s string) (netip.Prefix, bool) {
	if p, err := netip.ParsePrefix(strings.TrimSpace(s)); err == nil {
		return p.Masked(), true
	}
	if a := ip(s); a.IsValid() {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	return netip.Prefix{}, false
}

func networkOf(p *string) netip.Prefix {
	n, _ := network(word(p))
	return n
}

// addNetwork adds what is one.
func addNetwork(list []netip.Prefix, p *string) []netip.Prefix {
	if n := networkOf(p); n.IsValid() && len(list) < mostList {
		list = append(list, n)
	}
	return list
}
