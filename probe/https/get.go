package https

import (
	"context"
	"html"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"wsdoctor/probe"
)

// How much text of an answer is kept, in runes.
const (
	maxURLRunes    = 200
	maxServerRunes = 100
	maxBodyRunes   = 200
	maxTitleRunes  = 100
	maxErrorRunes  = 200
)

// get sends the request over conn and records the answer. Over a plain
// connection to a proxy the request is in absolute form (RFC 9112 section
// 3.2.2).
func (r *run) get(ctx context.Context, conn net.Conn) {
	ctx, cancel := context.WithTimeout(ctx, answerPatience+r.network.RTT().Silence())
	defer cancel()
	defer stopAt(ctx, conn)()

	o := probe.Observe(probe.HTTPGet, r.target, time.Now())
	asked, err := targetURL(r.target)
	if err != nil {
		r.record(o, probe.Failed, probe.HTTPRequestFailed, probe.HTTPDetail{Via: r.via, Error: "the path is no URL path"})
		return
	}
	detail := probe.HTTPDetail{URL: shown(asked), Via: r.via}
	uri := asked.RequestURI()
	if r.via != "" && asked.Scheme == "http" {
		uri = asked.String()
	}
	bytes, err := request(http.MethodGet, uri, asked.Host)
	if err != nil {
		detail.Error = err.Error()
		r.record(o, probe.Failed, probe.HTTPRequestFailed, detail)
		return
	}
	fail := func(err error) {
		outcome, failure := failureOf(ctx, err, readFailure(err))
		detail.Error = probe.Clean(err.Error(), maxErrorRunes)
		r.record(o, outcome, failure, detail)
	}
	sent := time.Now()
	if _, err := conn.Write(bytes); err != nil {
		fail(err)
		return
	}
	e := newExchange(http.MethodGet, conn)
	a, err := e.head()
	if err != nil {
		fail(err)
		return
	}
	detail.ClockMS = clockOffset(a.Header, sent, time.Now())
	e.readBody(&a)
	describe(&detail, a)
	failure := judge(&detail, a, asked, r.target.Expect)
	if failure == bodyMissing {
		fail(a.bodyErr)
		return
	}
	outcome := probe.OK
	if failure != "" {
		outcome = probe.Failed
	}
	r.record(o, outcome, failure, detail)
}

// targetURL is the address that is asked, port left out where it is the
// scheme's own.
func targetURL(t probe.Target) (*url.URL, error) {
	u, err := url.Parse(t.Path)
	if err != nil {
		return nil, err
	}
	asked := &url.URL{Scheme: t.Scheme, Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}
	if !strings.HasPrefix(asked.Path, "/") {
		asked.Path, asked.RawPath = "/"+asked.Path, ""
	}
	asked.Host = strings.Trim(t.Host, "[]")
	if strings.Contains(asked.Host, ":") {
		asked.Host, _, _ = strings.Cut(asked.Host, "%")
		asked.Host = "[" + asked.Host + "]"
	}
	if t.Port != defaultPort(t.Scheme) {
		asked.Host += ":" + strconv.Itoa(int(t.Port))
	}
	return asked, nil
}

// shown is a URL fit for the report: no query, fragment or user.
func shown(u *url.URL) string {
	bare := *u
	bare.RawQuery, bare.ForceQuery, bare.Fragment, bare.RawFragment, bare.User = "", false, "", "", nil
	return probe.Clean(bare.String(), maxURLRunes)
}

// describe keeps what an answer says of itself.
func describe(d *probe.HTTPDetail, a answer) {
	d.Status = a.StatusCode
	d.Server = probe.Clean(a.Header.Get("Server"), maxServerRunes)
	d.BodyBytes = len(a.body)
	d.Body = probe.Clean(string(a.body), maxBodyRunes)
	d.Title = title(a.body)
	if date, err := http.ParseTime(a.Header.Get("Date")); err == nil {
		d.Date = date.UTC().Format(time.RFC3339)
	}
	if a.bodyErr != nil {
		d.Error = probe.Clean(a.bodyErr.Error(), maxErrorRunes)
	}
}

var titleElement = regexp.MustCompile(`(?is)<title[^>]*>(.*?)(?:</title|$)`)

// title is the title of an HTML page, empty if there is none.
func title(body []byte) string {
	found := titleElement.FindSubmatch(body)
	if found == nil {
		return ""
	}
	return probe.Clean(html.UnescapeString(string(found[1])), maxTitleRunes)
}

// clockOffset is this computer's clock minus the server's in milliseconds, nil
// if the server names no time. The server's clock at the middle of the
// exchange is its Date header, which is cut to the second (hence the half),
// plus the Age of an answer that a cache kept (RFC 9110 section 6.6.1, RFC
// 9111 section 5.1).
func clockOffset(h http.Header, sent, received time.Time) *float64 {
	date, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		return nil
	}
	if age, err := strconv.Atoi(strings.TrimSpace(h.Get("Age"))); err == nil && age > 0 && age < 366*24*3600 {
		date = date.Add(time.Duration(age) * time.Second)
	}
	middle := sent.Add(received.Sub(sent) / 2)
	offset := probe.Milliseconds(middle.Sub(date.Add(500 * time.Millisecond)))
	return &offset
}
