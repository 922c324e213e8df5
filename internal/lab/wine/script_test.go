//go:build wine && linux

package wine

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// The script for proxies that is set in Windows' settings: Windows itself fetches and
// runs it, once for each name, and the program only asks what came out. The plan alone
// has nothing fetched.
func TestTheProxyScriptIsRunByTheSystem(t *testing.T) {
	const (
		key    = `HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings`
		script = `function FindProxyForURL(url, host) {
			if (dnsDomainIs(host, ".amazonaws.com")) return "PROXY 10.9.8.7:3128; DIRECT";
			return "DIRECT";
		}`
	)
	anew(t)
	var fetched atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fetched.Add(1)
		w.Header().Set("Content-Type", "application/x-ns-proxy-autoconfig")
		fmt.Fprint(w, script)
	}))
	defer server.Close()
	tool(t, "reg", "add", key, "/v", "AutoConfigURL", "/t", "REG_SZ", "/d", server.URL+"/proxy.pac", "/f")
	t.Cleanup(func() { tool(t, "reg", "delete", key, "/v", "AutoConfigURL", "/f") })
	if s := windows(t, "check", "--region", "us-east-1", "--plan"); fetched.Load() != 0 || strings.Contains(s.out, "10.9.8.7") || !strings.Contains(s.out, "Proxies are found by a script ("+server.URL) {
		t.Errorf("the plan had the script fetched %d times:\n%.500s", fetched.Load(), s.out)
	}
	report := readDesk(t)
	for range 4 { // a busy computer may take longer than the program waits
		if !strings.Contains(strings.Join(report.Gaps, "\n"), "it did not answer in time") {
			break
		}
		anew(t)
		report = readDesk(t)
	}
	d := of[struct {
		PAC    string
		Script []struct{ Host, Proxy string }
	}](t, report, "host_proxy")
	proxied, direct := 0, 0
	for _, s := range d.Script {
		switch aws := strings.HasSuffix(s.Host, ".amazonaws.com"); {
		case aws && s.Proxy == "http://10.9.8.7:3128":
			proxied++
		case !aws && s.Proxy == "":
			direct++
		default:
			t.Errorf("%+v", s)
		}
	}
	if proxied == 0 || direct == 0 || fetched.Load() == 0 {
		t.Errorf("%d names by the proxy, %d directly, the script was fetched %d times; %q", proxied, direct, fetched.Load(), report.Gaps)
	}
	asked := 0
	for _, o := range report.Observations {
		if o.Operation == "proxy_connect" && strings.Contains(string(o.Detail), "10.9.8.7:3128") {
			asked++
		}
	}
	if asked == 0 {
		t.Error("the proxy that the script names was not tried")
	}
}

// Discovery is switched on by default where there is nothing to be discovered: nobody
// waits for it, and whatever comes of it, no proxy is made up.
func TestDiscoveryWithoutAnAnswerHoldsUpNobody(t *testing.T) {
	const (
		key = `HKCU\Software\Microsoft\Windows\CurrentVersion\Internet Settings\Connections`
		on  = "46000000010000000900000000000000000000000000000000000000" // the flags at offset 8: direct, and detect
	)
	tool(t, "reg", "add", key, "/v", "DefaultConnectionSettings", "/t", "REG_BINARY", "/d", on, "/f")
	t.Cleanup(func() { tool(t, "reg", "delete", key, "/v", "DefaultConnectionSettings", "/f") })
	report := readDesk(t)
	d := of[struct {
		HTTPS  string
		Script []struct{ Host, Proxy string }
	}](t, report, "host_proxy")
	if d.HTTPS != "" || len(d.Script) > 0 {
		t.Errorf("%+v", d)
	}
	for _, gap := range report.Gaps {
		if strings.HasPrefix(gap, "proxy:") && !strings.Contains(gap, "it did not answer in time") {
			t.Errorf("%q", gap)
		}
	}
	first := -1.0
	for _, o := range report.Observations {
		if o.Operation == "dns_query" && (first < 0 || o.StartedMS < first) {
			first = o.StartedMS
		}
	}
	t.Logf("the first name is asked for after %.0f ms; gaps %q", first, report.Gaps)
}
