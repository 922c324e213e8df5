package host

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Outputs in the form of `scutil` on macOS, with addresses and names replaced.
const (
	scutilDNS = `DNS configuration

resolver #1
  search domain[0] : corp.example
  search domain[1] : home.arpa
  nameserver[0] : 192.0.2.1
  nameserver[1] : fe80::1%en0
  if_index : 14 (en0)
  flags    : Request A records, Request AAAA records
  reach    : 0x00020002 (Reachable,Directly Reachable Address)

resolver #2
  domain   : vpn.example
  nameserver[0] : 10.8.0.1
  flags    : Supplemental, Request A records
  reach    : 0x00000003 (Reachable,Transient Connection)
  order    : 102600

resolver #3
  domain   : local
  options  : mdns
  timeout  : 5
  flags    : Request A records, Request AAAA records
  reach    : 0x00000000 (Not Reachable)
  order    : 300000

resolver #4
  nameserver[0] : 192.0.2.9
  port     : 5353

DNS configuration (for scoped queries)

resolver #1
  search domain[0] : scoped.example
  nameserver[0] : 203.0.113.1
  if_index : 14 (en0)
  flags    : Scoped, Request A records
  reach    : 0x00020002 (Reachable,Directly Reachable Address)
`
	scutilProxy = `<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
    2 : intranet.example
  }
  FTPPassive : 1
  HTTPEnable : 1
  HTTPPort : 8080
  HTTPProxy : proxy.corp.example
  HTTPSEnable : 1
  HTTPSPort : 8443
  HTTPSProxy : proxy.corp.example
  HTTPSUser : jdoe
  ProxyAutoConfigEnable : 0
  ProxyAutoConfigURLString : http://old.example/proxy.pac
  ProxyAutoDiscoveryEnable : 1
  SOCKSEnable : 0
  __SCOPED__ : <dictionary> {
    en0 : <dictionary> {
      HTTPEnable : 1
      HTTPProxy : other.example
      ExceptionsList : <array> {
        0 : *.wrong
      }
    }
  }
}
`
	scutilNoProxy = `<dictionary> {
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
  }
  FTPPassive : 1
}
`
	scutilPAC = `<dictionary> {
  HTTPEnable : 0
  HTTPSEnable : 0
  HTTPSProxy : off.example
  ProxyAutoConfigEnable : 1
  ProxyAutoConfigURLString : http://wpad.corp.example/proxy.pac
  SOCKSEnable : 1
  SOCKSPort : 1080
  SOCKSProxy : socks.example
}
`
)

func TestScutilDNSGivesTheResolversOfEveryName(t *testing.T) {
	got, search := parseScutilDNS([]byte(scutilDNS))
	want := append(servers("192.0.2.1", "fe80::1%en0"), servers("192.0.2.9")...)
	want[2] = addrPort("192.0.2.9:5353")
	if diff := cmp.Diff(want, got, plainValues); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"corp.example", "home.arpa"}, search); diff != "" {
		t.Error(diff)
	}
	if got, _ := parseScutilDNS([]byte("No DNS configuration available\n")); len(got) != 0 {
		t.Errorf("no configuration: %v", got)
	}
}

func TestScutilProxy(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want proxySettings
	}{
		"proxies": {scutilProxy, proxySettings{
			https: "user@proxy.corp.example:8443", http: "proxy.corp.example:8080",
			noProxy: ".local,169.254.0.0/16,intranet.example", discovery: true,
		}},
		"none":   {scutilNoProxy, proxySettings{noProxy: ".local,169.254.0.0/16"}},
		"script": {scutilPAC, proxySettings{pac: "http://wpad.corp.example/proxy.pac", socks: true}},
		"empty":  {"", proxySettings{}},
	} {
		if diff := cmp.Diff(c.want, *parseScutilProxy([]byte(c.text)), cmp.AllowUnexported(proxySettings{})); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func FuzzScutilDNS(f *testing.F) {
	f.Add([]byte(scutilDNS))
	f.Add([]byte("resolver #\nnameserver[ : ::1%\x1b]\n  port : 99999\n nameserver[0] : 192.0.2.1"))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, search := parseScutilDNS(b)
		checkResolvers(t, list, search, stubServers)
	})
}

func FuzzScutilProxy(f *testing.F) {
	f.Add([]byte(scutilProxy))
	f.Add([]byte(scutilPAC))
	f.Add([]byte("}\n}\n{\nHTTPSEnable : 1\nHTTPSProxy : a:b@[::1\nHTTPSPort : x\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		d, _ := parseScutilProxy(b).detail("system")
		checkProxy(t, d)
	})
}
