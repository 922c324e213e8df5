package ldap

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"

	"wsdoctor/probe"
)

// thinking is added to the silence for an answer: a busy server, or one lost
// segment, which systems send again after 200 ms (Linux) to a second.
const thinking = 500 * time.Millisecond

// rootAttributes are asked for. supportedLDAPVersion makes every LDAP server
// answer with an entry, also one that is no domain controller.
var rootAttributes = []string{
	"currentTime",
	"dnsHostName",
	"defaultNamingContext",
	"rootDomainNamingContext",
	"ldapServiceName",
	"supportedLDAPVersion",
}

var (
	errMalformed = &probe.NetError{Op: "receive", Failure: probe.MalformedReply, Err: errors.New("no LDAP answer")}
	errTooLarge  = &probe.NetError{
		Op:      "receive",
		Failure: probe.ReplyTooLarge,
		Err:     fmt.Errorf("an answer of more than %d bytes", maxReply),
	}
)

// root connects and asks for the rootDSE.
func root(
	ctx context.Context,
	n probe.Network,
	t probe.Target,
	to netip.AddrPort,
) (d probe.LDAPDetail, outcome probe.Outcome, failure probe.Failure) {
	if ctx.Err() != nil {
		return d, probe.NotRun, ""
	}
	conn, err := connect(ctx, n, t, to)
	if err != nil {
		outcome, failure = conclude(ctx, err, &d)
		return d, outcome, failure
	}
	defer conn.Close()
	patience := n.RTT().Silence() + thinking
	asked, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	closed := make(chan struct{})
	stop := context.AfterFunc(asked, func() {
		defer close(closed)
		conn.Close()
	})
	defer func() {
		if !stop() {
			<-closed
		}
	}()
	if err = askRoot(conn, &d); err == nil {
		return d, probe.OK, ""
	}
	if f := failureOf(err); asked.Err() != nil && f != probe.MalformedReply && f != probe.ReplyTooLarge {
		d.Error = "it accepted the connection and did not answer the question"
		err = errSilence // the error is only that of the closed connection
	}
	outcome, failure = conclude(ctx, err, &d)
	return d, outcome, failure
}

// askRoot asks once and reads until the search is done. The error is one of the
// connection, io.EOF or a *probe.NetError.
func askRoot(conn net.Conn, d *probe.LDAPDetail) error {
	id := newID()
	asked := time.Now()
	if _, err := conn.Write(search(id, tlv(filterPresent, []byte("objectClass")), rootAttributes...)); err != nil {
		return err
	}
	r := bufio.NewReader(io.LimitReader(conn, maxReply+longestHeader))
	entry := false
	for budget := maxReply; ; {
		b, err := readMessage(r, budget)
		if err != nil {
			return err
		}
		budget -= len(b)
		m, _, ok := parseMessage(b)
		switch {
		case ok && m.id == 0 && m.op == extended: // notice of disconnection, RFC 4511 section 4.4.1
			code, text, _ := m.result()
			d.Error = probe.Clean(
				strings.TrimSpace(fmt.Sprintf("the server ended the session with result code %d %s", code, text)),
				maxError,
			)
			return io.EOF
		case !ok || m.id != int(id):
			return errMalformed
		case m.op == searchEntry && !entry:
			answered := time.Now()
			d.RTTMS = probe.Milliseconds(answered.Sub(asked))
			if entry = describe(m, d, asked.Add(answered.Sub(asked)/2)); !entry {
				return errMalformed
			}
		case m.op == searchDone:
			if d.RTTMS == 0 {
				d.RTTMS = probe.Milliseconds(time.Since(asked))
			}
			return finish(m, d, entry)
		}
	}
}

// finish reads the end of a search.
func finish(m message, d *probe.LDAPDetail, entry bool) error {
	code, text, ok := m.result()
	switch {
	case !ok:
		return errMalformed
	case code != 0:
		d.Error = probe.Clean(
			strings.TrimSpace(fmt.Sprintf("the server answered with result code %d %s", code, text)),
			maxError,
		)
	case !entry:
		d.Error = "the server says nothing of itself without credentials"
	case d.Host == "" && d.Context == "":
		d.Error = "the server does not describe itself as a domain controller"
	}
	return nil
}

// describe reads the rootDSE, whose currentTime was true at the time middle of
// this computer.
func describe(m message, d *probe.LDAPDetail, middle time.Time) bool {
	var service string
	fields := map[string]func(value string){
		"dnshostname":          func(v string) { d.Host = probe.Clean(v, maxText) },
		"defaultnamingcontext": func(v string) { d.Context = probe.Clean(v, maxText) },
		"ldapservicename":      func(v string) { service = v },
		"currenttime":          func(v string) { readClock(v, d, middle) },
	}
	ok := m.attributes(func(name string, value []byte) {
		if read := fields[strings.ToLower(name)]; read != nil {
			read(string(value))
		}
	})
	if d.Domain = domainOf(d.Context); d.Domain == "" {
		// "forest:account$@REALM" ([MS-ADTS] 3.1.1.3.2, ldapServiceName)
		_, realm, _ := strings.Cut(service, "@")
		d.Domain = probe.Clean(strings.ToLower(realm), maxText)
	}
	return ok
}

// generalizedTime is the form of currentTime (RFC 4517 section 3.3.13). The
// parser takes a fraction of a second after it as well.
const generalizedTime = "20060102150405Z0700"

// Years that a clock may show which a computer was ever set to.
const firstYear, lastYear = 1980, 2200

func readClock(value string, d *probe.LDAPDetail, middle time.Time) {
	clock, err := time.Parse(generalizedTime, value)
	if err != nil || clock.Year() < firstYear || clock.Year() > lastYear {
		return
	}
	offset := probe.Milliseconds(middle.Sub(clock))
	d.Time, d.ClockMS = clock.UTC().Format(time.RFC3339Nano), &offset
}

// domainOf gives the DNS name of "DC=corp,DC=example,DC=com" (RFC 2247), and
// "" for a context of another make.
func domainOf(context string) string {
	var labels []string
	for part := range strings.SplitSeq(context, ",") {
		kind, label, found := strings.Cut(strings.TrimSpace(part), "=")
		if !found || !strings.EqualFold(kind, "DC") || label == "" || strings.ContainsAny(label, `\."`) {
			return ""
		}
		labels = append(labels, label)
	}
	return strings.Join(labels, ".")
}
