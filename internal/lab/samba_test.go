//go:build linux

package lab

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"time"
)

// directoryHome is where the real directory's data lie, once they were made.
var directoryHome string

// makeOnce makes the real directory's data once in a run of the tests.
var makeOnce = sync.OnceValue(func() error {
	dir, err := os.MkdirTemp("", "wsdoctor-directory-")
	if err != nil {
		return err
	}
	directoryHome = dir
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	return MakeDirectory(ctx, dir)
})

// realDirectory gives the data of a domain with two Samba controllers, for a
// scenario that wants one.
func realDirectory(t *testing.T, s Scenario) string {
	t.Helper()
	if !slices.Contains(s.Real, "samba") {
		return ""
	}
	if err := makeOnce(); err != nil {
		t.Fatalf("make a real directory, which needs root: %v", err)
	}
	return directoryHome
}

// sambaEffects say how the real directory looks from the WorkSpace. What is a
// controller's own answer must be Samba's.
var sambaEffects = map[string][]check{
	"real-inside-healthy-pcoip": {
		{"dns udp " + dc1IP + " _ldap._tcp." + domain + " SRV", `NOERROR .*389 [dD][cC][12].*389 [dD][cC][12].*`},
		{"dns tcp " + dc2IP + " _kerberos._tcp.dc._msdcs." + domain + " SRV", `NOERROR .*88 [dD][cC][12].*88 [dD][cC][12].*`},
		{"dns udp " + dc2IP + " dc2." + domain + " A", `NOERROR 10\.60\.3\.10`},
		{"dns udp " + dc1IP + " " + brokerHost + " A", `NOERROR 52\.119\.198\.10`},
		{"dns udp " + dc1IP + " nowhere." + domain + " A", "NXDOMAIN"},
		{"ldap " + dc1IP + ":389", `dc1\.corp\.example\.com 0m`}, {"ldap " + dc2IP + ":389", `dc2\.corp\.example\.com 0m`},
		{"tcp " + dc1IP + ":88", "ok"}, {"tcp " + dc1IP + ":135", "ok"}, {"tcp " + dc1IP + ":445", "ok"}, {"tcp " + dc1IP + ":464", "ok"}, {"tcp " + dc1IP + ":636", "ok"}, {"tcp " + dc2IP + ":3268", "ok"}, {"tcp " + dc2IP + ":3269", "ok"},
		{"vendor " + dc1IP + ":389", "Samba Team.*"},
		{"kerberos " + dc1IP + ":88", "error 25"}, // preauthentication required (RFC 4120, section 7.5.9)
	},
	"real-inside-dns-no-srv":       {{"dns udp " + dc1IP + " _ldap._tcp." + domain + " SRV", "NXDOMAIN"}, {"dns udp " + dc2IP + " _ldap._tcp." + domain + " SRV", "NXDOMAIN"}, {"dns udp " + dc2IP + " dc1." + domain + " A", "NOERROR .*"}},
	"real-inside-dns-one-dead":     {{"dns udp " + dc1IP + " " + domain + " A", "silence"}, {"dns udp " + dc2IP + " " + domain + " A", "NOERROR .*"}},
	"real-inside-dc-clock":         {{"ldap " + dc1IP + ":389", ".* 7m"}, {"ldap " + dc2IP + ":389", ".* 7m"}, {"ntp " + dc1IP + ":123", "7m"}, {"date " + broker, "0m"}},
	"real-inside-dc-ports-refused": {{"tcp " + dc1IP + ":389", "ECONNREFUSED"}, {"tcp " + dc2IP + ":88", "ECONNREFUSED"}, {"dns udp " + dc2IP + " " + domain + " A", "NOERROR .*"}},
}

func TestRealDirectoryAnswers(t *testing.T) {
	needLab(t)
	tested := 0
	for _, s := range realTrials() {
		checks := sambaEffects[s.Name]
		if checks == nil {
			continue
		}
		tested++
		t.Run(s.Name, func(t *testing.T) {
			t.Parallel()
			expect(t, Options{Scenario: s.Scenario, Directory: realDirectory(t, s.Scenario)}, checks)
		})
	}
	if tested != len(sambaEffects) {
		t.Errorf("%d of %d effects belong to a scenario", tested, len(sambaEffects))
	}
}
