package https_test

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
)

func reply(status, headers, body string) string {
	return fmt.Sprintf("HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s", status, headers, len(body), body)
}

func TestAnswersAreJudgedByWhatIsExpected(t *testing.T) {
	to := func(location string) string { return reply("302 Found", "Location: "+location+"\r\n", "") }
	for _, c := range []struct {
		name, expect, answer string
		failure              probe.Failure
	}{
		{"healthy", "healthy", reply("200 OK", "", "Healthy: now"), ""},
		{"interim answers go first", "healthy", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + reply("200 OK", "", "healthy"), ""},
		{"chunked", "healthy", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n7\r\nhealthy\r\n0\r\n\r\n", ""},
		{"until it closes", "healthy", "HTTP/1.0 200 OK\r\n\r\nhealthy", ""},
		{"unhealthy is not healthy", "healthy", reply("200 OK", "", "unhealthy"), probe.HTTPUnexpectedBody},
		{"another page", "healthy", reply("200 OK", "", "<html><title>Welcome</title>"), probe.HTTPUnexpectedBody},
		{"healthy with another status", "healthy", reply("503 Service Unavailable", "", "healthy"), probe.HTTPUnexpectedStatus},
		{"healthy expected, forbidden", "healthy", reply("403 Forbidden", "", ""), probe.HTTPUnexpectedStatus},
		{"healthy expected, moved within the vendor", "healthy", to("https://x.amazonaws.com/"), probe.HTTPUnexpectedStatus},
		{"an address", "ip", reply("200 OK", "", "203.0.113.9\n"), ""},
		{"an IPv6 address", "ip", reply("200 OK", "", "2001:db8::9"), ""},
		{"no address", "ip", reply("200 OK", "", "203.0.113.9, 10.0.0.1"), probe.HTTPUnexpectedBody},
		{"an address cut off", "ip", "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n203.0.113.9", probe.EOF},
		{"an address with a zone", "ip", reply("200 OK", "", "fe80::1%eth0"), probe.HTTPUnexpectedBody},
		{"any answer", "any-http", reply("404 Not Found", "", ""), ""},
		{"any answer, forbidden", "any-http", reply("403 Forbidden", "", ""), ""},
		{"any answer, broken server", "any-http", reply("502 Bad Gateway", "", ""), probe.HTTPUnexpectedStatus},
		{"any answer, cut body", "any-http", "HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nx", ""},
		{"nothing expected", "", reply("500 Oops", "", ""), ""},
		{"nothing expected, a network's sign-in", "", reply("511 Network Authentication Required", "", "<title>Log in</title>"), probe.HTTPUnexpectedStatus},
		{"any answer, a network's sign-in", "any-http", reply("511 Network Authentication Required", "", ""), probe.HTTPUnexpectedStatus},
		{"a proxy in between", "any-http", reply("407 Proxy Authentication Required", "", ""), probe.ProxyAuthRequired},
		{"captive portal", "any-http", to("http://portal.hotel.example/login?mac=aa"), probe.HTTPRedirectedElsewhere},
		{"captive portal, nothing expected", "", to("//10.0.0.1/login"), probe.HTTPRedirectedElsewhere},
		{"captive portal instead of health", "healthy", to("https://portal.hotel.example/"), probe.HTTPRedirectedElsewhere},
		{"captive portal with the vendor's name in front", "any-http", to("http://amazonaws.com.portal.example/"), probe.HTTPRedirectedElsewhere},
		{"captive portal with the vendor's name behind", "any-http", to("http://notamazonaws.com/"), probe.HTTPRedirectedElsewhere},
		{"captive portal with the vendor as user", "any-http", to("http://amazonaws.com@portal.example/"), probe.HTTPRedirectedElsewhere},
		{"backslashes", "any-http", to(`https:\\portal.example\`), probe.HTTPUnexpectedStatus},
		{"no web address", "any-http", to("javascript:alert(1)"), probe.HTTPUnexpectedStatus},
		{"own host", "any-http", to("https://WS-Broker-Service.eu-west-1.amazonaws.com./login"), ""},
		{"relative", "any-http", to("/login"), ""},
		{"the vendor's sign-in", "any-http", to("https://eu-west-1.signin.aws/x"), ""},
		{"the vendor's content network", "any-http", to("https://d1.cloudfront.net/"), ""},
		{"not modified", "any-http", "HTTP/1.1 304 Not Modified\r\n\r\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := listening(t, saying(c.answer))
			last := getOK
			if c.failure != "" {
				last = "http_get failed " + string(c.failure)
			}
			d := want[probe.HTTPDetail](t, ask(t.Context(), &network{dial: loopback}, plain(at, c.expect)), tcpOK, last)
			if strings.Contains(d.Location, "?") || strings.Contains(d.Location, "@") || (d.Location == "") != !strings.Contains(c.answer, "Location:") {
				t.Errorf("location %q", d.Location)
			}
			if d.Egress.IsValid() != (c.expect == "ip" && c.failure == "") || d.Healthy != (c.failure == "" && (c.expect == "ip" || c.expect == "healthy")) {
				t.Errorf("egress %v, healthy %v", d.Egress, d.Healthy)
			}
		})
	}
}

func TestRedirectsAreNeverFollowed(t *testing.T) {
	asked := make(chan string, 10)
	var at netip.AddrPort
	at = listening(t, func(conn net.Conn) {
		asked <- readRequest(conn)
		fmt.Fprintf(conn, "HTTP/1.1 302 Found\r\nLocation: http://%s:%d/again?x=1\r\nContent-Length: 0\r\n\r\n", host, at.Port())
	})
	d := want[probe.HTTPDetail](t, ask(t.Context(), &network{dial: loopback}, plain(at, "any-http")), tcpOK, getOK)
	if len(asked) != 1 || d.Location != fmt.Sprintf("http://%s:%d/again", host, at.Port()) {
		t.Errorf("%d requests, location %q", len(asked), d.Location)
	}
}

func TestTextFromThePeerIsCleanedAndCut(t *testing.T) {
	evil, c1 := "\x1b]0;owned\x07\x1b[31m\u202eabc", "\u009b31m\u202eabc"
	body := "<HTML><TITLE\nlang=en>&#27;[2J&lt;Sign in&gt;" + strings.Repeat("t", 300) + evil + "</TITLE>" + strings.Repeat("b\x00", 500)
	at := listening(t, saying(reply("302 F"+evil, "Server: "+c1+strings.Repeat("s", 400)+"\r\nLocation: http://portal.example/"+"%1b[2J"+strings.Repeat("l", 900)+"\u202e?q\r\nDate: "+c1+"\r\n", body)))
	d := want[probe.HTTPDetail](t, ask(t.Context(), &network{dial: loopback}, plain(at, "")), tcpOK, "http_get failed http_redirected_elsewhere")
	for what, c := range map[string]struct {
		text  string
		limit int
	}{"server": {d.Server, 101}, "location": {d.Location, 201}, "body": {d.Body, 201}, "title": {d.Title, 101}} {
		if n := len([]rune(c.text)); n > c.limit || n < 90 {
			t.Errorf("%s of %d runes: %q", what, n, c.text)
		}
	}
	if !strings.HasPrefix(d.Title, "[2J<Sign in>") || d.Date != "" || d.ClockMS != nil {
		t.Errorf("title %q, date %q", d.Title, d.Date)
	}
	for _, malformed := range []string{"HTTP/9" + evil + "\r\n\r\n", "HTTP/1.1 200 OK\r\nServer: " + evil + "\r\n\r\n"} {
		at = listening(t, saying(malformed))
		want[probe.HTTPDetail](t, ask(t.Context(), &network{dial: loopback}, plain(at, "")), tcpOK, "http_get failed malformed_reply")
	}
}

func TestTheClockIsComparedWithTheServers(t *testing.T) {
	for name, c := range map[string]struct {
		ahead  time.Duration // of this computer
		header string
		want   float64
	}{
		"right":           {0, "", 0},
		"a day fast":      {24 * time.Hour, "", 86400e3},
		"an hour slow":    {-time.Hour, "", -3600e3},
		"from a cache":    {300 * time.Second, "Age: 300\r\n", 0},
		"a senseless age": {0, "Age: -5\r\n", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &network{dial: piped(func(conn net.Conn) {
					readRequest(conn)
					time.Sleep(time.Second) // a round trip: the middle is half a second ago
					date := time.Now().Add(-c.ahead).Add(-time.Second)
					conn.Write([]byte(reply("200 OK", "Date: "+date.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")+"\r\n"+c.header, "x")))
				})}
				d := want[probe.HTTPDetail](t, ask(t.Context(), n, plain(netip.MustParseAddrPort("192.0.2.1:80"), "any-http")), tcpOK, getOK)
				if d.ClockMS == nil || *d.ClockMS != c.want {
					t.Errorf("offset %v ms, want %v", d.ClockMS, c.want)
				}
			})
		})
	}
}

func TestTargetsThatFitNoRequestSendNone(t *testing.T) {
	for _, change := range []func(*probe.Target){
		func(t *probe.Target) { t.Host = "h.example\u00a0" },
		func(t *probe.Target) { t.Host = "h example" },
		func(t *probe.Target) { t.Path = "/\r\nX-Injected: 1" },
		func(t *probe.Target) { t.Path = "/%zz" },
	} {
		got := make(chan string, 1)
		at := listening(t, func(conn net.Conn) { got <- readRequest(conn) })
		asked := plain(at, "any-http")
		change(&asked)
		want[probe.HTTPDetail](t, ask(t.Context(), &network{dial: loopback}, asked), tcpOK, "http_get failed http_request_failed")
		if sent := <-got; sent != "" {
			t.Errorf("sent %q", sent)
		}
	}
}
