package chain

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"wsdoctor/probe"
)

const (
	// maxHandshakeBytes bounds what a peer may send before the handshake is
	// done. Real chains are 3 to 8 KB.
	maxHandshakeBytes = 256 << 10
	// maxErrorRunes bounds an error text, which may quote the peer.
	maxErrorRunes = 200
)

// Options of Handshake. The zero value is ready.
type Options struct {
	Hello probe.HelloSize // empty means small
	// Inspect looks into conn's TCP. Nil, or false: the system does not tell,
	// and of silence it cannot be said whether the ClientHello arrived.
	Inspect func() (probe.TCPInfo, bool)
	// Patience is how long the network may take for the handshake; 0 is as long as
	// ctx lasts. The time in which this computer judges the certificates is not part
	// of it.
	Patience time.Duration

	judge judge // nil means assess; a test's own
}

// keyShares are the groups a ClientHello of each size offers. Without the
// post-quantum hybrids it fits one segment, which every middlebox can read, and
// a run sends a seventh fewer packets. Nil is the library's own choice, which
// puts a hybrid first as browsers do.
var keyShares = map[probe.HelloSize][]tls.CurveID{
	probe.HelloSmall: {tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521},
	probe.HelloLarge: nil,
}

// Handshake speaks TLS 1.2 or newer as a client over conn and describes what
// was presented. It is bounded by ctx, by o.Patience and by 256 KiB read.
//
// serverName is a DNS name or an IP literal (brackets and zone are ignored);
// an IP literal is not sent as SNI but must be in the certificate. roots are
// the trusted authorities; nil means this computer's.
//
// In the detail, SystemTrust speaks of the signer alone: it is true for a
// certificate of a trusted authority that is out of its dates, and the failure
// is then ssl_certificate_expired (also for "not yet valid", which is how a
// wrong clock shows). The failure names the first of: signer, host name,
// dates. If ctx is cancelled, the outcome is not-run. It is not-run too, with
// ssl_certificate_not_judged, if this computer's own store did not say in time
// whether it trusts the chain: the peer did answer. A handshake that got not
// one byte back is described by Phase, HelloAcked and Retransmits.
//
// The returned connection is nil unless the outcome is ok. Otherwise conn has
// been closed.
func Handshake(
	ctx context.Context,
	conn net.Conn,
	serverName string,
	roots *x509.CertPool,
	o Options,
) (probe.TLSDetail, probe.Outcome, probe.Failure, *tls.Conn) {
	if o.Hello == "" {
		o.Hello = probe.HelloSmall
	}
	name := verifiableName(serverName)
	detail := probe.TLSDetail{ServerName: probe.Clean(name, maxNameRunes), Root: probe.RootUnknown, Hello: o.Hello}
	limited := newLimitedConn(conn, o.Inspect)
	run := ctx
	ctx, network := begin(run, o.Patience)
	defer network.end()
	var refused probe.Failure
	client := tls.Client(limited, &tls.Config{
		ServerName:       name,
		MinVersion:       tls.VersionTLS12,
		CurvePreferences: keyShares[o.Hello],
		// The library's own verification stops at the first fault and would
		// not say what else is right. VerifyConnection below does all of it
		// and is called for every handshake, before anything is sent.
		InsecureSkipVerify: true,
		VerifyConnection: func(state tls.ConnectionState) error {
			detail.Version = tls.VersionName(state.Version)
			detail.ALPN = probe.Clean(state.NegotiatedProtocol, 40)
			if !network.pause() {
				return context.DeadlineExceeded
			}
			defer network.resume()
			var why error
			refused, why = o.judge.inTime(ctx, &detail, state.PeerCertificates, name, roots)
			return why
		},
	})
	err := client.HandshakeContext(ctx)
	if err == nil {
		limited.limit = 0
		detail.HelloBytes, detail.ReplyBytes = int(limited.hello.Load()), int(limited.read.Load())
		return detail, probe.OK, "", client
	}
	limited.Close()
	detail.HelloBytes, detail.ReplyBytes = int(limited.hello.Load()), int(limited.read.Load())
	switch {
	case refused == "":
	case refused == probe.TLSUnjudged && errors.Is(run.Err(), context.Canceled):
		return detail, probe.NotRun, "", nil
	case refused == probe.TLSUnjudged:
		detail.Error = errUnjudged.Error()
		return detail, probe.NotRun, refused, nil
	default:
		detail.Error = probe.Clean(err.Error(), maxErrorRunes)
		return detail, probe.Failed, refused, nil
	}
	if network.late() && errors.Is(err, context.Canceled) { // the library says how it was ended, not why
		err = context.DeadlineExceeded
	}
	outcome, failure := handshakeFailure(err)
	detail.Error = probe.Clean(describe(err, outcome, detail.ReplyBytes), maxErrorRunes)
	limited.unanswered(&detail, outcome, failure)
	return detail, outcome, failure, nil
}

// verifiableName strips what a name carries for sockets only.
func verifiableName(host string) string {
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if address, _, zoned := strings.Cut(host, "%"); zoned {
		host = address
	}
	return strings.TrimSuffix(host, ".")
}

// libraryErrors are errors of crypto/tls that have no type of their own. If
// the library changes its words, the code falls back to ssl_failed_handshake
// and a test says so.
var libraryErrors = []struct {
	part    string
	failure probe.Failure
}{
	{"exceeds maximum of", probe.ReplyTooLarge},
	{"failed to parse certificate from server", probe.TLSInvalid},
	{"certificate containing RSA key larger than", probe.TLSInvalid},
	{"certificate contains an unsupported type of public key", probe.TLSInvalid},
}

func handshakeFailure(err error) (probe.Outcome, probe.Failure) {
	for _, known := range libraryErrors {
		if strings.Contains(err.Error(), known.part) {
			return probe.Failed, known.failure
		}
	}
	return FailureOf(err, probe.TLSFailedHandshake)
}

// describe says what an engineer wants to know beyond the code: how much came
// before the silence, or what was spoken instead of TLS.
func describe(err error, outcome probe.Outcome, read int) string {
	var notTLS tls.RecordHeaderError
	switch {
	case outcome == probe.Silent && read == 0:
		return "no byte came back"
	case outcome == probe.Silent:
		return fmt.Sprintf("%d bytes came back, then nothing", read)
	case errors.As(err, &notTLS):
		return fmt.Sprintf("%s: the answer begins with %q", notTLS.Msg, notTLS.RecordHeader[:])
	}
	return err.Error()
}
