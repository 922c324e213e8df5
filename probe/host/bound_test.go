package host

import (
	"context"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"wsdoctor/probe"
)

// hanging makes one question of a system hang until the returned function is called,
// whatever becomes of its context.
func hanging(s *system, question string) (release func()) {
	stuck := make(chan struct{})
	switch question {
	case "links":
		s.links = func(context.Context) ([]link, error) { <-stuck; return nil, nil }
	case "route":
		s.route = func(context.Context, flow) (hop, error) { <-stuck; return hop{}, nil }
	case "resolvers":
		s.resolvers = func(context.Context, []link) (probe.ResolversDetail, error) {
			<-stuck
			return probe.ResolversDetail{}, nil
		}
	case "proxy":
		s.proxy = func(context.Context) (*proxySettings, error) { <-stuck; return nil, nil }
	case "agent":
		s.agent = func() []string { <-stuck; return nil }
	case "around":
		s.around = func([]probe.RouteDetail) string { <-stuck; return "" }
	case "table":
		s.table = func(context.Context, []link) ([]tableRoute, error) { <-stuck; return nil, nil }
	case "directory":
		s.directory = func([]string) (probe.DirectoryDetail, []string) { <-stuck; return probe.DirectoryDetail{}, nil }
	}
	return func() { close(stuck) }
}

func has(gaps []string, beginning string) bool {
	return slices.ContainsFunc(gaps, func(g string) bool { return strings.HasPrefix(g, beginning) })
}

// TestWhatHangsIsAGap: no call into the system holds up the run, what it would have
// told is a gap, and what the others tell stays.
func TestWhatHangsIsAGap(t *testing.T) {
	for question, test := range map[string]struct {
		gap   string
		limit time.Duration
	}{
		"links":     {"network interfaces: this computer did not answer in time", 2 * time.Second},
		"route":     {"facts of this computer: the run ended", time.Second},
		"resolvers": {"resolvers: this computer did not answer in time", time.Second},
		"proxy":     {"system proxy settings: this computer did not answer in time", time.Second},
		"agent":     {"signs of a WorkSpace: this computer did not answer in time", time.Second},
		"around":    {"what this system runs in: this computer did not answer in time", time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, closed := fakeSystem(), false
			release := hanging(&s, question)
			s.close = func() { closed = true }
			start := time.Now()
			f := gather(t.Context(), Ask{Environ: nowhere}, s)
			if took := time.Since(start); took > test.limit || !has(f.Gaps, test.gap) {
				t.Errorf("%s hangs: %v, gaps %q", question, took, f.Gaps)
			}
			if question == "links" && (len(f.Resolvers.Servers) == 0 || !f.Partial || f.HasIPv4 != true) {
				t.Errorf("the interfaces hang: %+v", f)
			}
			if closed {
				t.Errorf("%s hangs: what it asks with was closed", question)
			}
			release()
			synctest.Wait()
			if !closed {
				t.Errorf("%s hung: what it asked with was not closed in the end", question)
			}
		})
	}
}

// TestTheEndOfTheRunEndsAHangingQuestion: --timeout holds whatever the system does.
func TestTheEndOfTheRunEndsAHangingQuestion(t *testing.T) {
	for _, question := range []string{"links", "route", "resolvers", "proxy", "agent", "around"} {
		synctest.Test(t, func(t *testing.T) {
			s := fakeSystem()
			defer hanging(&s, question)()
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			start := time.Now()
			gather(ctx, Ask{Environ: nowhere}, s)
			if took := time.Since(start); took > 300*time.Millisecond {
				t.Errorf("%s hangs: %v of 100 ms", question, took)
			}
		})
	}
}

func TestWhatHangsInsideIsAGap(t *testing.T) {
	for question, gap := range map[string]string{
		"links": "network interfaces: this computer", "table": "routing table: this computer", "directory": domainGap + ": this computer", "route": "facts of the WorkSpace: the run ended",
	} {
		synctest.Test(t, func(t *testing.T) {
			s := fakeSystem()
			defer hanging(&s, question)()
			start := time.Now()
			in := inside(t.Context(), probe.HostFacts{}, InsideAsk{Ranges: wsRanges}, s)
			if took := time.Since(start); took > time.Second || !has(in.Gaps, gap) {
				t.Errorf("%s hangs: %v, gaps %q", question, took, in.Gaps)
			}
		})
	}
}

// TestACounterThatHangsTellsNothing: the interface's packet counter is asked of the
// system too.
func TestACounterThatHangsTellsNothing(t *testing.T) {
	stuck := make(chan struct{})
	defer close(stuck)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	o := countSent(ctx, nil, probe.UDP, netip.MustParseAddrPort("198.51.100.7:4172"), "eth0", 4, func(string) (uint64, error) { <-stuck; return 0, nil })
	if o.Outcome != probe.Skipped || o.Failure != probe.Unsupported {
		t.Errorf("%s %q", o.Outcome, o.Failure)
	}
}
