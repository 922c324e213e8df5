//go:build linux

package lab

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"net"
	"slices"
	"time"

	"github.com/pion/stun/v3"
	"github.com/quic-go/quic-go"

	"wsdoctor/internal/lab/servers"
)

// realHooks serve with quic-go where a scenario asks for it.
var realHooks = Hooks{QUIC: serveQUIC}

// serveQUIC serves QUIC with quic-go, and STUN beside it.
func serveQUIC(pc net.PacketConn) error {
	ca, err := servers.Amazon()
	if err != nil {
		return err
	}
	config := ca.ServerConfig(0)
	config.NextProtos = []string{"dcv"}
	config.MinVersion = tls.VersionTLS13
	tr := &quic.Transport{Conn: pc}
	l, err := tr.Listen(config, nil)
	if err != nil {
		return err
	}
	go func() {
		for {
			if _, err := l.Accept(context.Background()); err != nil {
				return
			}
		}
	}()
	go func() {
		answer := servers.STUN(nil)
		b := make([]byte, 2000)
		for {
			n, from, err := tr.ReadNonQUICPacket(context.Background(), b)
			if err != nil {
				return
			}
			if stun.IsMessage(b[:n]) {
				_, _ = tr.WriteTo(answer(b[:n], from.(*net.UDPAddr).AddrPort()), from)
			}
		}
	}()
	return nil
}

// askQUIC sends a packet of an unknown version and gives the versions offered.
func askQUIC(to string) string {
	c, err := net.Dial("udp", to)
	if err != nil {
		return errorWord(err)
	}
	defer c.Close()
	b := make([]byte, 1200)
	_, _ = rand.Read(b)
	copy(b, []byte{0xc0, 0x1a, 0x2a, 0x3a, 0x4a, 8})
	b[14] = 8
	if _, err := c.Write(b); err != nil {
		return errorWord(err)
	}
	_ = c.SetReadDeadline(time.Now().Add(shortPatience))
	in := make([]byte, 2000)
	n, err := c.Read(in)
	if err != nil {
		return errorWord(err)
	}
	in = in[:n]
	if n < 27 || in[5] != 8 || in[14] != 8 || !slices.Equal(in[6:14], b[15:23]) || !slices.Equal(in[15:23], b[6:14]) {
		return "the IDs are not ours: " + hex.EncodeToString(in)
	}
	return hex.EncodeToString(in[23:])
}
