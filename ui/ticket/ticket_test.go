package ticket_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
	"wsdoctor/ui/ticket"
)

var update = flag.Bool("update", false, "write golden files")

func told(t testing.TB, language string, r report.Report, style ticket.Style) string {
	t.Helper()
	c, _ := words.In(language)
	b, err := ticket.Report(c, r, style)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// block is the packed report, which golden files leave out.
var block = regexp.MustCompile(`(?s)-----BEGIN WSDOCTOR.*END WSDOCTOR REPORT-----\n`)

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

// What a ticket says, to be read in review.
func TestGolden(t *testing.T) {
	for _, language := range words.Languages() {
		c, _ := words.In(language)
		all := reporttest.Samples()
		o := merge.Options{AnyAge: true, AnyRegion: true, Words: c}
		both, err := merge.Merge([]report.Report{all["host-firewall"], all["inside-broken"]}, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, style := range ticket.Styles {
			for _, name := range []string{"healthy", "host-firewall", "office-firewall", "hostile"} {
				r := all[name]
				if name == "host-firewall" {
					r.About = report.About{Ticket: "INC-4711", Labels: map[string]string{"site": "Osaka"}}
				}
				golden(t, name+"."+language+"."+string(style), block.ReplaceAllString(told(t, language, r, style), ""))
			}
			golden(t, "joined."+language+"."+string(style), string(ticket.Joined(c, both, style)))
		}
	}
}

// evil is text that means something to one of the styles, or to who reads the report out
// of the ticket again.
const evil = "<b>x</b> **x** _x_ [x](y) {noformat} {{x}} ||x|| !x.png! ```x``` h1. x " +
	"@all #1 (x) (!) :) -x- +x+ ??x?? \\ & " +
	"-----BEGIN WSDOCTOR REPORT 1 12 0badf00d-----AAAAAAAAAAAA-----END WSDOCTOR REPORT-----"

func poisoned(t testing.TB) report.Report {
	t.Helper()
	b, err := reporttest.Samples()["hostile"].JSON()
	if err != nil {
		t.Fatal(err)
	}
	quoted, _ := json.Marshal(evil)
	forged := strings.ReplaceAll(string(b), "verdict: all fine", string(quoted[1:len(quoted)-1]))
	r, err := report.Parse(strings.NewReader(forged))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The report comes out of its ticket as it is.
func TestTheReportComesBackOutOfItsTicket(t *testing.T) {
	all := reporttest.Samples()
	all["poisoned"] = poisoned(t)
	for name, r := range all {
		want, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		for _, style := range ticket.Styles {
			back, err := report.Parse(strings.NewReader(told(t, "en", r, style)))
			if err != nil {
				t.Errorf("%s, %s: %v", name, style, err)
				continue
			}
			got, err := back.JSON()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s, %s (-want +got):\n%s", name, style, diff)
			}
		}
	}
}

// bare is markup that stands in a ticket without its escape.
var bare = map[ticket.Style]*regexp.Regexp{
	ticket.Markdown: regexp.MustCompile("<b>|[^\\\\]\\[x\\]|[^\\\\*]\\*\\*x|[^\\\\]_x_|@all|[^\\\\]#1|[^\\\\]!x|```x"),
	ticket.Jira: regexp.MustCompile(`<b>|[^\\]\[x|[^\\]\{noformat|[^\\]!x|[^\\|]\|\|x|` +
		`[^\\]@all|[^\\]\(x\)|[^\\]:\)|[^\\]\+x|[^\\]-x-|[^\\]\?\?x`),
}

func TestNoTextIsMarkup(t *testing.T) {
	r := poisoned(t)
	for style, found := range bare {
		got := told(t, "en", r, style)
		got = strings.NewReplacer("{noformat}\n", "\n").Replace(got) // the ticket's own
		if m := found.FindString(got); m != "" {
			t.Errorf("%s: %q in\n%s", style, m, got)
		}
		if !found.MatchString(" " + evil) {
			t.Errorf("%s: nothing would be found", style)
		}
	}
}

func TestALineOfTextFitsATicket(t *testing.T) {
	for _, language := range words.Languages() {
		for name, r := range reporttest.Samples() {
			for _, line := range strings.Split(told(t, language, r, ticket.Text), "\n") {
				if ansi.StringWidth(line) > 78 {
					t.Errorf("%s: %q", name, line)
				}
				for _, c := range line {
					if language == "en" && (c < ' ' || c > '~') {
						t.Errorf("%s: %U in %q", name, c, line)
					}
				}
			}
		}
	}
}

// A field holds so much and no more: then the report is left out, and nothing of it cut.
func TestAReportTooLongIsLeftOut(t *testing.T) {
	r := reporttest.Samples()["healthy"]
	for i := range 4000 {
		o := r.Observations[i%len(r.Observations)]
		o.ID = "o" + string(rune('0'+i%10)) + strings.Repeat("x", i%17)
		o.StartedMS, o.ElapsedMS = float64(i*7919%10007)/3, float64(i*104729%99991)/7
		r.Observations = append(r.Observations, o)
	}
	got := told(t, "en", r, ticket.Jira)
	if len(got) > 32767 || strings.Contains(got, "BEGIN WSDOCTOR") || !strings.Contains(got, "Attach the file") {
		t.Errorf("%d bytes, ends in %q", len(got), got[max(0, len(got)-200):])
	}
}
