package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// The instance metadata service (EC2 user guide, "Use the Instance Metadata Service to
// access instance metadata"): the address is the same in every Region, and version 2
// wants a token first, which lives for so many seconds.
var metadataService = netip.AddrPortFrom(netip.AddrFrom4([4]byte{169, 254, 169, 254}), 80)

const (
	metadataToken    = "/latest/api/token"
	metadataRegion   = "/latest/meta-data/placement/region"
	metadataLifetime = "30"
	metadataPatience = time.Second
	metadataMost     = 4 << 10 // bytes of an answer, head and all
	longestToken     = 200     // what is sent back
)

// regionByMetadata asks the metadata service in which Region this computer runs. It
// is asked over the network as it is, never through a proxy.
func regionByMetadata(ctx context.Context, c *catalog.Catalog, n probe.Network) (catalog.Region, error) {
	limited, cancel := context.WithTimeout(ctx, metadataPatience)
	defer cancel()
	token, err := askMetadata(
		limited,
		n,
		http.MethodPut,
		metadataToken,
		"X-aws-ec2-metadata-token-ttl-seconds",
		metadataLifetime,
	)
	if err == nil {
		token, err = askMetadata(limited, n, http.MethodGet, metadataRegion, "X-aws-ec2-metadata-token", token)
	}
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return catalog.Region{}, exitError(layer.ExitInterrupted)
	case err != nil:
		return catalog.Region{}, err
	}
	r, err := c.Find(token)
	if err != nil {
		return r, words.Fail(words.Say("metadata.unknown", words.Args{"region": probe.Clean(token, 40)}))
	}
	return r, nil
}

// askMetadata makes one request and gives the text of a good answer.
func askMetadata(ctx context.Context, n probe.Network, method, path, header, value string) (string, error) {
	conn, err := n.DialTCP(ctx, metadataService)
	if err != nil {
		return "", words.Fail(words.Say("metadata.silent"))
	}
	defer conn.Close()
	deadline, _ := ctx.Deadline()
	_ = conn.SetDeadline(deadline)
	if _, err := fmt.Fprintf(
		conn,
		"%s %s HTTP/1.1\r\nHost: %s\r\n%s: %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
		method,
		path,
		metadataService.Addr(),
		header,
		value,
	); err != nil {
		return "", words.Fail(words.Say("metadata.deaf"))
	}
	reply, err := http.ReadResponse(bufio.NewReader(io.LimitReader(conn, metadataMost)), nil)
	if err != nil {
		return "", words.Fail(words.Say("metadata.mute"))
	}
	defer reply.Body.Close()
	body, err := io.ReadAll(reply.Body)
	text := strings.TrimSpace(string(body))
	switch {
	case reply.StatusCode != http.StatusOK:
		return "", words.Fail(words.Say("metadata.status", words.Args{"status": reply.StatusCode}))
	case err != nil,
		text == "",
		len(text) > longestToken,
		strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }):
		return "", words.Fail(words.Say("metadata.odd"))
	}
	return text, nil
}
