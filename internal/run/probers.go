package run

import (
	"wsdoctor/probe"
	"wsdoctor/probe/dns"
	"wsdoctor/probe/https"
	"wsdoctor/probe/quic"
	"wsdoctor/probe/stun"
	"wsdoctor/probe/tcp"
)

// Probers is the table of every prober; a plan's steps name its keys.
func Probers() map[string]probe.Prober {
	return map[string]probe.Prober{
		"dns":   dns.Prober{},
		"https": https.Prober{},
		"quic":  quic.Prober{},
		"stun":  stun.Prober{},
		"tcp":   tcp.Prober{},
	}
}
