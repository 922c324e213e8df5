//go:build linux

package lab

import (
	"os"
	"testing"
)

// realEffects says how the outside programs look from the client.
var realEffects = map[string][]check{
	"real-unbound":    {{"dns udp 203.0.113.53 " + brokerHost + " A", `NOERROR 52\.119\.198\.10`}, {"resolve " + health6Host, "2600:1f18:74e9:4400::10"}, {"resolve no.such.name.example", "notfound=true .*"}},
	"real-coturn":     {{"stun " + stunUDP, publicIP}},
	"real-squid":      {{"get " + broker, "200  healthy"}, {"tcp 52.119.198.10:443", "silence"}},
	"real-squid-auth": {{"get " + broker, "Proxy Authentication Required"}},
	"real-squid-bump": {{"get " + broker, "tls: failed to verify certificate: x509: certificate signed by unknown authority.*"}},
	"real-quic":       {{"stun " + gw4195, publicIP}, {"quic " + gw4195, ".*00000001.*"}, {"quic " + gw4195x, ".*00000001.*"}},
}

func TestRealProgramsServe(t *testing.T) {
	needLab(t)
	if os.Geteuid() != 0 {
		// squid and coturn change to users of their own, which a user namespace
		// with one user does not have.
		t.Log("run as root, as the project's checks do")
	}
	for _, s := range realTrials() {
		if s.World == Inside { // see insideEffects
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			if realEffects[s.Name] == nil {
				t.Fatal("no check")
			}
			expect(t, Options{Scenario: s.Scenario}, realEffects[s.Name])
		})
	}
}
