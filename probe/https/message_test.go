package https

import (
	"bytes"
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"wsdoctor/probe"
)

func TestARequestCannotBeSplit(t *testing.T) {
	for _, part := range []string{"", "a b", "a\r\nX: 1", "a\x00", "ä.example", "a\x7f"} {
		if b, err := request(http.MethodGet, "/", part); err == nil {
			t.Errorf("host %q became %q", part, b)
		}
		if b, err := request(http.MethodGet, part, "h.example"); err == nil {
			t.Errorf("path %q became %q", part, b)
		}
	}
}

func TestVendorHostsAreMatchedByWholeLabels(t *testing.T) {
	for host, want := range map[string]bool{
		"amazonworkspaces.com":                    true,
		"clients.AmazonWorkspaces.com.":           true,
		"eu-west-1.signin.aws":                    true,
		"ws-client-service.us-east-1.api.aws":     true,
		"d1.cloudfront.net":                       true,
		"login.us-gov-home.awsapps.com":           true,
		"x.amazonaws-us-gov.com":                  true,
		"a.prod.us-east-1.highlander.aws.a2z.com": true,
		"notamazonaws.com":                        false,
		"amazonaws.com.portal.example":            false,
		"amazon.com.de":                           false,
		"xaws":                                    false,
		"portal.example":                          false,
		"10.0.0.1":                                false,
		"":                                        false,
	} {
		if vendorHost(host) != want {
			t.Errorf("%q: %v", host, !want)
		}
	}
}

func TestAuthenticationSchemesAreReadFromLists(t *testing.T) {
	for header, want := range map[string]string{
		`Basic realm="x"`: "Basic",
		`NTLM, Negotiate`: "NTLM Negotiate",
		`Digest realm="a", nonce="b c", Basic realm=d`: "Digest Basic",
		`realm="only"`:            "",
		strings.Repeat("S,", 100): strings.TrimSpace(strings.Repeat("S ", maxAuthSchemes)),
		"\x1b[31mBasic":           "[31mBasic",
	} {
		if got := strings.Join(authSchemes([]string{header}), " "); got != want {
			t.Errorf("%q: %q, want %q", header, got, want)
		}
	}
}

func TestFamiliesTakeTurns(t *testing.T) {
	list := func(s string) (l []netip.Addr) {
		for a := range strings.FieldsSeq(s) {
			l = append(l, netip.MustParseAddr(a))
		}
		return l
	}
	for in, want := range map[string]string{
		"::1 ::2 ::3 10.0.0.1":      "[::1 10.0.0.1 ::2 ::3]",
		"::1 10.0.0.1 10.0.0.2":     "[::1 10.0.0.1 10.0.0.2]",
		"10.0.0.1 10.0.0.1 ::1 ::1": "[10.0.0.1 ::1]",
		"":                          "[]",
	} {
		if got := fmt.Sprint(inTurn(list(in))); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

func TestALongHeaderLeavesTheBodyItsRoom(t *testing.T) {
	body := strings.Repeat("x", maxBodyBytes-7) + "healthy" + strings.Repeat("y", maxBodyBytes)
	a, err := read(http.MethodGet, []byte("HTTP/1.1 200 OK\r\nX: "+strings.Repeat("h", maxHeaderBytes-5000)+"\r\n\r\n"+body))
	if err != nil || a.bodyErr != nil || len(a.body) != maxBodyBytes || !bytes.HasSuffix(a.body, []byte("healthy")) {
		t.Errorf("%v, %v, %d bytes of body", err, a.bodyErr, len(a.body))
	}
}

// read reads an answer as the prober does, from bytes.
func read(method string, b []byte) (answer, error) {
	e := newExchange(method, bytes.NewReader(b))
	a, err := e.head()
	if err == nil {
		e.readBody(&a)
	}
	return a, err
}

func clean(t *testing.T, limit int, texts ...string) {
	t.Helper()
	for _, s := range texts {
		if s != probe.Clean(s, limit+1) {
			t.Errorf("kept %q", s)
		}
	}
}

func FuzzResponse(f *testing.F) {
	f.Add("healthy", []byte("HTTP/1.1 200 OK\r\nDate: Wed, 02 Jan 2030 03:04:05 GMT\r\nAge: 7\r\nContent-Length: 7\r\n\r\nhealthy"))
	f.Add("ip", []byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nb\r\n203.0.113.9\r\n0\r\n\r\n"))
	f.Add("any-http", []byte("HTTP/1.1 302 Found\r\nLocation: //portal.example/?x\x1b[31m\r\nServer: \xff\xfe\r\n\r\n<title>\x1b&#27;"))
	f.Add("", []byte("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.0 511 x\r\n\r\n"))
	f.Fuzz(func(t *testing.T, expect string, b []byte) {
		a, err := read(http.MethodGet, b)
		if err != nil {
			if code := readFailure(err); !code.Known() {
				t.Errorf("failure %q", code)
			}
			return
		}
		var d probe.HTTPDetail
		describe(&d, a)
		clockOffset(a.Header, time.Unix(1, 0), time.Unix(2, 0))
		failure := judge(&d, a, &url.URL{Scheme: "https", Host: "h.amazonaws.com", Path: "/"}, expect)
		if failure != "" && failure != bodyMissing && !failure.Known() {
			t.Errorf("failure %q", failure)
		}
		if failure == bodyMissing && a.bodyErr == nil || d.BodyBytes > maxBodyBytes || d.Healthy && failure != "" {
			t.Errorf("%q, %+v", failure, d)
		}
		clean(t, maxURLRunes, d.Location, d.Server, d.Body, d.Title, d.Error)
	})
}

func FuzzProxyAnswer(f *testing.F) {
	f.Add([]byte("HTTP/1.1 200 Connection established\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 407 \x1b[31m\r\nProxy-Authenticate: NTLM, Basic realm=\"x\"\r\n\r\n"))
	f.Add([]byte("HTTP/1.1 502\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		e := newExchange(http.MethodConnect, bytes.NewReader(b))
		a, err := e.head()
		if err != nil {
			return
		}
		d := probe.ProxyConnectDetail{Reached: "proxy"}
		failure := judgeProxy(&d, a)
		if (failure == "") != (d.Reached == "target") || (failure == "") != (d.Status/100 == 2) || len(d.AuthSchemes) > maxAuthSchemes {
			t.Errorf("%q, %+v", failure, d)
		}
		clean(t, maxURLRunes, append(d.AuthSchemes, d.Reason, d.Error)...)
	})
}
