package run

import (
	"wsdoctor/probe"
	"wsdoctor/probe/dns"
	"wsdoctor/probe/host"
	"wsdoctor/probe/https"
	"wsdoctor/probe/ldap"
	"wsdoctor/probe/mtu"
	"wsdoctor/probe/ntp"
	"wsdoctor/probe/path"
	"wsdoctor/probe/quic"
	"wsdoctor/probe/stun"
	"wsdoctor/probe/tcp"
)

// Probers is the table of every prober; a plan's steps name its keys.
func Probers() map[string]probe.Prober {
	return map[string]probe.Prober{
		"counters": host.Counters{},
		"dns":      dns.Prober{},
		"https":    https.Prober{},
		"ldap":     ldap.Prober{},
		"mtu":      mtu.Prober{},
		"ntp":      ntp.Prober{},
		"path":     path.New(),
		"quic":     quic.Prober{},
		"stun":     stun.Prober{},
		"tcp":      tcp.Prober{},
	}
}
