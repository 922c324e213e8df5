package cli

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/internal/catalog"
	"wsdoctor/probe"
)

// metadataSays is a network in which the metadata service gives these answers, one a
// connection; nothing where they are used up.
type metadataSays struct {
	probe.Network
	answers []string
	asked   []*http.Request
}

func (n *metadataSays) DialTCP(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	if to != metadataService {
		return nil, io.EOF
	}
	here, there := net.Pipe()
	go func() {
		defer there.Close()
		r, err := http.ReadRequest(bufio.NewReader(there))
		if err != nil {
			return
		}
		n.asked = append(n.asked, r)
		if len(n.answers) == 0 {
			<-ctx.Done()
			return
		}
		answer := n.answers[0]
		n.answers = n.answers[1:]
		_, _ = io.WriteString(there, answer)
	}()
	return here, nil
}

func TestTheMetadataServiceTellsTheRegionOrNothing(t *testing.T) {
	c, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	said := func(body string) string { return "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + body }
	const token = "AQAEAGk+/=="
	for name, c2 := range map[string]struct {
		answers []string
		region  string
		problem string
	}{
		"a Region":              {[]string{said(token), said("eu-west-1\n")}, "eu-west-1", ""},
		"one that is unknown":   {[]string{said(token), said("moon-1\x07")}, "", "of another kind"},
		"one that is new":       {[]string{said(token), said("moon-west-1")}, "", "not known: moon-west-1"},
		"no token":              {[]string{"HTTP/1.1 403 Forbidden\r\nConnection: close\r\n\r\n"}, "", "status 403"},
		"a token with a line":   {[]string{said("a\r\nX-Other: b"), said("eu-west-1")}, "", "of another kind"},
		"a token without end":   {[]string{said(strings.Repeat("A", 1<<20)), said("eu-west-1")}, "", "of another kind"},
		"another protocol":      {[]string{"SSH-2.0-x\r\n"}, "", "does not answer a question"},
		"a page":                {[]string{said(token), said("<html>sign in here</html>")}, "", "of another kind"},
		"nothing":               {nil, "", "does not answer"},
		"nothing after a token": {[]string{said(token)}, "", "does not answer"},
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			began := time.Now()
			n := &metadataSays{answers: c2.answers}
			r, err := regionByMetadata(ctx, c, n)
			if r.ID != c2.region || (err == nil) != (c2.problem == "") || err != nil && !strings.Contains(err.Error(), c2.problem) {
				t.Errorf("%s: %q, %v", name, r.ID, err)
			}
			if took := time.Since(began); took > metadataPatience {
				t.Errorf("%s: took %v", name, took)
			}
			if c2.region != "" && (n.asked[0].Method != http.MethodPut || n.asked[0].Header.Get("X-Aws-Ec2-Metadata-Token-Ttl-Seconds") == "" || n.asked[1].Header.Get("X-Aws-Ec2-Metadata-Token") != token) {
				t.Errorf("%s: asked %v, %v", name, n.asked[0], n.asked[1])
			}
		})
	}
}
