package https_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"wsdoctor/probe"
	"wsdoctor/probe/chain/chaintest"
)

// BenchmarkProbe asks one loopback HTTPS server in turn with the prober and
// with net/http's client on fresh connections, and reports the prober's time
// as a multiple of the client's.
func BenchmarkProbe(b *testing.B) {
	ca := chaintest.New(b, amazon)
	at := website(b, ca.Issue(b, chaintest.Options{}, host), func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "healthy") })
	n := &network{dial: loopback, roots: ca.Pool()}
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		TLSClientConfig:   &tls.Config{RootCAs: ca.Pool()},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return loopback(ctx, at)
		},
	}}
	defer client.CloseIdleConnections()
	url := fmt.Sprintf("https://%s:%d/ping", host, at.Port())
	var ours, theirs time.Duration
	for b.Loop() {
		start := time.Now()
		if seen := ask(b.Context(), n, target(at, "healthy")); seen[len(seen)-1].Outcome != probe.OK {
			b.Fatalf("%+v", seen)
		}
		middle := time.Now()
		r, err := client.Get(url)
		if err != nil {
			b.Fatal(err)
		}
		io.Copy(io.Discard, r.Body)
		r.Body.Close()
		ours, theirs = ours+middle.Sub(start), theirs+time.Since(middle)
	}
	b.ReportMetric(float64(ours.Nanoseconds())/float64(b.N), "ns/probe")
	b.ReportMetric(float64(theirs.Nanoseconds())/float64(b.N), "ns/net-http")
	b.ReportMetric(float64(ours)/float64(theirs), "ratio")
}
