package otlp

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"wsdoctor/internal/lab/alone"
)

func TestMain(m *testing.M) {
	alone.Enter() // a mistake cannot leave this computer
	m.Run()
}

func environment(list ...string) func(string) string {
	return func(name string) string {
		for i := 0; i < len(list); i += 2 {
			if list[i] == name {
				return list[i+1]
			}
		}
		return ""
	}
}

func TestOnlyTheEnvironmentNamesACollector(t *testing.T) {
	for name, c := range map[string]struct {
		getenv func(string) string
		named  bool
		bad    string
		want   string
	}{
		"nothing is set":      {environment(HeadersVariable, "a=b"), false, "", ""},
		"a collector":         {environment(EndpointVariable, "http://collector:4318"), true, "", "http://collector:4318/v1/metrics"},
		"with a path":         {environment(EndpointVariable, " https://otlp.example/in/ "), true, "", "https://otlp.example/in/v1/metrics"},
		"switched off":        {environment(EndpointVariable, "http://collector:4318", disabledVariable, "TRUE"), false, "", ""},
		"secrets stay hidden": {environment(EndpointVariable, "http://me:SECRET@collector:4318/?key=SECRET"), true, "", "http://collector:4318/v1/metrics"},
		"no URL":              {environment(EndpointVariable, "collector:SECRET"), true, EndpointVariable, ""},
		"another scheme":      {environment(EndpointVariable, "unix:///SECRET"), true, EndpointVariable, ""},
		"gRPC":                {environment(EndpointVariable, "http://collector:4317", protocolVariable, "grpc"), true, protocolVariable, ""},
		"a header's line":     {environment(EndpointVariable, "http://collector", HeadersVariable, "a=SECRET%0d%0aEvil: 1"), true, HeadersVariable, ""},
		"a header's key":      {environment(EndpointVariable, "http://collector", HeadersVariable, "a b=SECRET"), true, HeadersVariable, ""},
		"a header alone":      {environment(EndpointVariable, "http://collector", HeadersVariable, "SECRET"), true, HeadersVariable, ""},
	} {
		r, named, err := FromEnvironment(c.getenv)
		if named != c.named || (err != nil) != (c.bad != "") {
			t.Errorf("%s: named %v, %v", name, named, err)
			continue
		}
		if err != nil && (!strings.Contains(err.Error(), c.bad) || strings.Contains(err.Error(), "SECRET")) {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil && named && r.String() != c.want {
			t.Errorf("%s: %s, want %s", name, r, c.want)
		}
	}
}

// collecting gives a collector's address and what it was sent.
func collecting(t *testing.T, answer http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(answer)
	t.Cleanup(s.Close)
	return s.URL
}

func receiver(t *testing.T, list ...string) Receiver {
	t.Helper()
	r, named, err := FromEnvironment(environment(list...))
	if err != nil || !named {
		t.Fatal(named, err)
	}
	return r
}

func TestTheDocumentArrivesWhole(t *testing.T) {
	var got *http.Request
	var body string
	at := collecting(t, func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		got, body = r, string(b)
	})
	document := `{"resourceMetrics":[]}` + strings.Repeat(" ", 100_000)
	r := receiver(t, EndpointVariable, strings.Replace(at, "http://", "http://me:pass@", 1), HeadersVariable, "X-Key=a%20b, other=c")
	if err := r.Send(t.Context(), []byte(document)); err != nil {
		t.Fatal(err)
	}
	user, password, _ := got.BasicAuth()
	if got.Method != http.MethodPost || got.URL.Path != "/v1/metrics" || body != document || got.Header.Get("Content-Type") != "application/json" ||
		got.Header.Get("X-Key") != "a b" || got.Header.Get("Other") != "c" || user+password != "mepass" {
		t.Errorf("%s %s %v, %d bytes", got.Method, got.URL, got.Header, len(body))
	}
}

func TestNobodyElseIsSentAnything(t *testing.T) {
	elsewhere := false
	other := collecting(t, func(http.ResponseWriter, *http.Request) { elsewhere = true })
	t.Setenv("HTTP_PROXY", other)
	at := collecting(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other+"/v1/metrics", http.StatusTemporaryRedirect)
	})
	err := receiver(t, EndpointVariable, at).Send(t.Context(), []byte("{}"))
	if err == nil || !strings.Contains(err.Error(), "status 307") || elsewhere {
		t.Errorf("%v; somebody else was asked: %v", err, elsewhere)
	}
}

func TestABadCollectorIsToldOf(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { // one that ends every connection, after the request
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = http.ReadRequest(bufio.NewReader(conn))
			conn.Close()
		}
	}()
	t.Cleanup(func() { listener.Close() })
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	for at, want := range map[string]string{
		"http://" + listener.Addr().String(): "",
		"http://" + closed.Addr().String():   "refused",
		collecting(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }): "status 401",
		strings.Replace(collecting(t, func(http.ResponseWriter, *http.Request) {}), "http:", "https:", 1):      "",
	} {
		if err := receiver(t, EndpointVariable, at).Send(t.Context(), []byte("{}")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", at, err, want)
		}
	}
}

func TestASilentCollectorIsNotWaitedForWhenTheUserLeaves(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		conn, err := listener.Accept()
		if err == nil {
			t.Cleanup(func() { conn.Close() })
		}
		cancel()
	}()
	began := time.Now()
	if err := receiver(t, EndpointVariable, "http://"+listener.Addr().String()).Send(ctx, []byte("{}")); err == nil {
		t.Error("nobody took it")
	}
	if took := time.Since(began); took >= Patience {
		t.Errorf("took %v", took)
	}
}
