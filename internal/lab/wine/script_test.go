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
