// Package otlp hands one document to an OpenTelemetry collector over HTTP, where the
// user's environment names one: OTEL_EXPORTER_OTLP_ENDPOINT, and nothing else does. It
// follows no redirect and uses no proxy, so that nobody else is sent anything, and gives up
// after Patience.
//
// It is no probe: what becomes of the document says nothing of the way to a desktop.
package otlp

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"wsdoctor/internal/words"
)

// The variables that are read (OpenTelemetry specification, "OpenTelemetry Protocol
// Exporter").
const (
	EndpointVariable = "OTEL_EXPORTER_OTLP_ENDPOINT"
	HeadersVariable  = "OTEL_EXPORTER_OTLP_HEADERS"
	protocolVariable = "OTEL_EXPORTER_OTLP_PROTOCOL"
	disabledVariable = "OTEL_SDK_DISABLED"
)

// Patience is how long a collector may take for all of it.
const Patience = 3 * time.Second

// mostReply bounds what is read of an answer, in bytes.
const mostReply = 64 << 10

// Receiver is a collector.
type Receiver struct {
	url     *url.URL
	headers http.Header
}

// FromEnvironment gives the collector that the environment names, if it names one that is
// spoken to over HTTP. The error says why one that is named cannot be sent to.
func FromEnvironment(getenv func(string) string) (r Receiver, named bool, err error) {
	text := strings.TrimSpace(getenv(EndpointVariable))
	if text == "" || strings.EqualFold(getenv(disabledVariable), "true") {
		return r, false, nil
	}
	if protocol := getenv(protocolVariable); protocol == "grpc" {
		return r, true, wrong("protocol", words.Args{"variable": protocolVariable, "protocol": protocol})
	}
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return r, true, wrong("url", words.Args{"variable": EndpointVariable}) // which may hold a password
	}
	r.url = u.JoinPath("v1", "metrics")
	r.headers, err = headersOf(getenv(HeadersVariable))
	return r, true, err
}

// headersOf reads "key=value,key=value", whose values may be written as in a URL.
func headersOf(text string) (http.Header, error) {
	headers := http.Header{}
	for pair := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(pair) == "" {
			continue
		}
		key, value, found := strings.Cut(pair, "=")
		key = strings.TrimSpace(key)
		value, err := url.PathUnescape(strings.TrimSpace(value))
		odd := func(r rune) bool { return r < ' ' || r == 0x7f }
		noToken := func(r rune) bool { return odd(r) || r > '~' || strings.ContainsRune(" :()<>@,;\\\"/[]?={}", r) }
		bad := strings.ContainsFunc(value, odd) || strings.ContainsFunc(key, noToken)
		if !found || err != nil || key == "" || bad {
			return nil, wrong("headers", words.Args{"variable": HeadersVariable}) // it may hold a token
		}
		headers.Set(key, value)
	}
	return headers, nil
}

// String names it without what may be secret.
func (r Receiver) String() string {
	u := url.URL{Scheme: r.url.Scheme, Host: r.url.Host, Path: r.url.Path}
	return u.String()
}

// Send hands over a JSON document.
func (r Receiver) Send(ctx context.Context, document []byte) error {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	conn, err := r.connect(ctx)
	if err != nil {
		return because(err)
	}
	defer conn.Close()
	end, _ := ctx.Deadline()
	_ = conn.SetDeadline(end)
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Now()) })()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.url.String(), bytes.NewReader(document))
	if err != nil {
		return because(err)
	}
	request.Close = true
	request.Header.Set("User-Agent", "wsdoctor")
	if u := r.url.User; u != nil {
		password, _ := u.Password()
		request.SetBasicAuth(u.Username(), password)
	}
	for key, values := range r.headers {
		request.Header[key] = values
	}
	request.Header.Set("Content-Type", "application/json")
	if err := request.Write(conn); err != nil {
		return because(err)
	}
	reply, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, mostReply)), request)
	if err != nil {
		return because(err)
	}
	defer reply.Body.Close()
	if reply.StatusCode/100 != 2 {
		return wrong("status", words.Args{"status": reply.StatusCode})
	}
	return nil
}

func (r Receiver) connect(ctx context.Context) (net.Conn, error) {
	port := r.url.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[r.url.Scheme]
	}
	address := net.JoinHostPort(r.url.Hostname(), port)
	if r.url.Scheme == "https" {
		d := tls.Dialer{Config: &tls.Config{MinVersion: tls.VersionTLS12}}
		return d.DialContext(ctx, "tcp", address)
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", address)
}

// Wrong is why numbers cannot be sent, or were not taken.
type Wrong struct{ Text words.Text }

func (w *Wrong) Error() string { return words.English().Tell(w.Text) }

func wrong(what string, args words.Args) error { return &Wrong{words.Say("cli.otlp.why."+what, args)} }

// because says why in a few words, without the addresses that the system adds.
func because(err error) error {
	var timeout net.Error
	switch {
	case errors.As(err, &timeout) && timeout.Timeout():
		return wrong("silent", words.Args{"seconds": int(Patience.Seconds())})
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return wrong("ended", nil)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
