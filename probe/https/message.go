package https

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"

	"wsdoctor/probe"
	"wsdoctor/probe/chain"
)

const (
	maxHeaderBytes = 32 << 10
	// maxBodyBytes is how much of a body is looked at; a longer one is cut.
	maxBodyBytes = 16 << 10
	// maxRawBodyBytes bounds the same body as sent, with its chunk headers.
	maxRawBodyBytes = 64 << 10
	// maxInterim is how many 1xx answers are read before the real one.
	maxInterim = 5
)

var (
	errRequest = errors.New("host or path cannot be put into a request")
	errInterim = errors.New("too many interim answers")
)

// request is an HTTP/1.1 request without a body. Everything in it is public:
// no cookie, no credential. Bytes that could end a line are refused.
func request(method, uri, host string) ([]byte, error) {
	for _, part := range []string{uri, host} {
		if part == "" || strings.ContainsFunc(part, func(r rune) bool { return r <= ' ' || r >= 0x7f }) {
			return nil, errRequest
		}
	}
	return fmt.Appendf(
		nil,
		"%s %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: wsdoctor\r\nAccept: */*\r\nConnection: close\r\n\r\n",
		method,
		uri,
		host,
	), nil
}

// bounded reads at most left bytes and then fails. It remembers why reading
// ended, because the parser above may complain of the cut line instead.
type bounded struct {
	r    io.Reader
	left int
	err  error
}

func (b *bounded) Read(p []byte) (int, error) {
	if b.left <= 0 {
		b.err = chain.ErrTooLarge
		return 0, b.err
	}
	n, err := b.r.Read(p[:min(len(p), b.left)])
	b.left, b.err = b.left-n, err
	return n, err
}

// answer is one HTTP answer, not yet cleaned.
type answer struct {
	*http.Response
	body    []byte // at most maxBodyBytes
	bodyErr error  // why the body ended early, nil if it did not
}

// exchange is one request over one connection.
type exchange struct {
	method string
	limit  *bounded
	reader *bufio.Reader
}

func newExchange(method string, r io.Reader) *exchange {
	limit := &bounded{r: r, left: maxHeaderBytes}
	return &exchange{method: method, limit: limit, reader: bufio.NewReader(limit)}
}

// head reads the answer's header, going past interim answers.
func (e *exchange) head() (answer, error) {
	for range maxInterim {
		response, err := http.ReadResponse(e.reader, &http.Request{Method: e.method})
		switch {
		case err != nil && e.limit.err != nil && e.limit.err != io.EOF:
			return answer{}, e.limit.err
		case err != nil:
			return answer{}, err
		}
		if response.StatusCode >= 200 || response.StatusCode == http.StatusSwitchingProtocols {
			return answer{Response: response}, nil
		}
	}
	return answer{}, errInterim
}

// readBody reads what of the body is looked at. The body is not closed:
// closing would read on to its end.
func (e *exchange) readBody(a *answer) {
	e.limit.left = maxRawBodyBytes
	a.body, a.bodyErr = io.ReadAll(io.LimitReader(a.Body, maxBodyBytes))
}

// tunnel is a connection whose first bytes may already be in a buffer.
type tunnel struct {
	net.Conn
	r io.Reader
}

func (t tunnel) Read(p []byte) (int, error) { return t.r.Read(p) }

// tunnel gives back the connection after the answer's header.
func (e *exchange) tunnel(conn net.Conn) net.Conn {
	early, _ := e.reader.Peek(e.reader.Buffered())
	return tunnel{Conn: conn, r: io.MultiReader(strings.NewReader(string(early)), conn)}
}

// readFailure is what an error of reading an answer means if it is no error of
// the connection: a TLS alert after the handshake, or bytes that are not HTTP.
func readFailure(err error) probe.Failure {
	var network *net.OpError
	if errors.As(err, &network) || errors.As(err, new(tls.AlertError)) {
		return probe.HTTPRequestFailed
	}
	return probe.MalformedReply
}
