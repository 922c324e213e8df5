package html_test

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	html5 "html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/fleet"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/merge"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/accounttest"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
	"wsdoctor/ui/html"
)

var update = flag.Bool("update", false, "write golden files")

func in(t testing.TB, language string) *words.Catalogue {
	t.Helper()
	c, known := words.In(language)
	if !known {
		t.Fatalf("no %s", language)
	}
	return c
}

func page(t testing.TB, language string, r report.Report) string {
	t.Helper()
	b, err := html.Report(in(t, language), r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// joined is the verdict of two samples.
func joined(t testing.TB, language string) string {
	t.Helper()
	all := reporttest.Samples()
	r, err := merge.Merge([]report.Report{all["host-firewall"], all["inside-broken"]}, merge.Options{
		AnyAge: true, AnyRegion: true, Tool: report.Tool{Version: "0.1.0"}, Words: in(t, language),
	})
	if err != nil {
		t.Fatal(err)
	}
	b, err := html.Joined(in(t, language), r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// offices are what forty desks come to.
func offices(language string) string {
	at := time.Date(2026, 11, 23, 9, 12, 0, 0, time.UTC)
	c, _ := words.In(language)
	return string(html.Fleet(c, fleet.Result{
		From: at, To: at.Add(8 * time.Hour), Reports: 52, Desks: 40, Sites: 3,
		Groups: []fleet.Group{
			{Status: finding.StatusFault, Layer: layer.NetworkFirewall, Code: "network_drops",
				Owner: "the network team", Summary: "Your network blocks the desktop (PCoIP).",
				Desks: 28, Reports: 39, Since: at, Last: at.Add(7 * time.Hour),
				Where: &finding.Where{Kind: finding.OnDevice, From: "10.20.0.1", Ports: []string{"udp/4172"}},
				Sites: []fleet.Site{{
					Name: "Osaka", Egress: []string{"203.0.113.10"}, Labels: map[string]string{"site": "Osaka"}, Desks: 28,
				}},
				Cleared:    []fleet.Cleared{{Device: "10.20.255.1", Desks: 3}},
				Contradict: 3, Against: []string{"desk-31.json"}, Fits: 2,
				Files: []string{"desk-01.json", "desk-02.json", "desk-03.json",
					"desk-04.json", "desk-05.json", "desk-06.json"}},
			{Status: finding.StatusOK, Code: "all_measured_passes", Summary: "All works.",
				Desks: 12, Reports: 13, Since: at, Last: at,
				Files: []string{"<b>desk-40</b>.json"}},
		},
		Skipped: []fleet.Skipped{{Reason: fleet.Twice, Count: 1, Files: []string{"copy.json"}}},
	}))
}

// shown leaves out what is the same in every page, and the packed report.
var shown = []*regexp.Regexp{regexp.MustCompile(`(?s)<style>.*</style>\n`), regexp.MustCompile(`(?s)<pre>.*</pre>\n`)}

var goldenSamples = []string{
	"healthy", "host-firewall", "office-firewall", "inside-broken", "as-far-as-seen", "hostile",
}

// coded is a letter that is not of ASCII.
var coded = regexp.MustCompile(`&#[0-9]{3,};`)

// What a page shows, to be read in review.
func TestGolden(t *testing.T) {
	for _, language := range words.Languages() {
		pages := map[string]string{"joined": joined(t, language), "fleet": offices(language)}
		for _, name := range goldenSamples {
			r, there := reporttest.Samples()[name]
			if !there {
				t.Fatalf("no sample %s", name)
			}
			if name == "host-firewall" {
				r.About = report.About{Ticket: "INC-4711", Labels: map[string]string{"site": "Osaka"}}
			}
			pages[name] = page(t, language, r)
		}
		for name, got := range pages {
			for _, same := range shown {
				got = same.ReplaceAllString(got, "")
			}
			got = coded.ReplaceAllStringFunc(got, html5.UnescapeString) // for who reads it
			file := filepath.Join("testdata", name+"."+language+".html")
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
	}
}

// evil is text that means something to a browser, or to who reads the report out of the
// page again.
const evil = `</title></style></pre><script>alert(1)</script><img src=x onerror=alert(1)>" onload='x' &lt; --> ]]>` +
	"-----BEGIN WSDOCTOR REPORT 1 12 0badf00d-----\nAAAAAAAAAAAA\n-----END WSDOCTOR REPORT-----"

// poisoned is the hostile sample with evil in every text.
func poisoned(t testing.TB) report.Report {
	t.Helper()
	b, err := reporttest.Samples()["hostile"].JSON()
	if err != nil {
		t.Fatal(err)
	}
	quoted, _ := json.Marshal(evil)
	const mark = "verdict: all fine"
	if strings.Count(string(b), mark) < 50 {
		t.Fatal("the hostile sample is not what it was")
	}
	r, err := report.Parse(strings.NewReader(strings.ReplaceAll(string(b), mark, string(quoted[1:len(quoted)-1]))))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// The report comes out of its page as it is, whatever its texts say.
func TestTheReportComesBackOutOfItsPage(t *testing.T) {
	all := reporttest.Samples()
	all["poisoned"] = poisoned(t)
	for name, r := range all {
		want, err := r.JSON()
		if err != nil {
			t.Fatal(err)
		}
		first := page(t, "en", r)
		back, err := report.Parse(strings.NewReader(first))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got, err := back.JSON()
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
		if again := page(t, "en", back); again != first {
			t.Errorf("%s: another page is made of what came back", name)
		}
	}
}

// A joined verdict is told from a report by who reads it.
func TestAJoinedPageIsNoReport(t *testing.T) {
	_, err := report.Parse(strings.NewReader(joined(t, "en")))
	var wrong *report.ParseError
	if !errors.As(err, &wrong) || !strings.Contains(words.English().Tell(wrong.Hint()), "merge") {
		t.Errorf("%v", err)
	}
}

// allowed are the elements of a page with the attributes that they may have. None of them
// runs anything or fetches anything.
var allowed = map[string][]string{
	"html": {"lang"}, "head": nil, "meta": {"charset", "http-equiv", "content", "name"}, "title": nil,
	"style": nil, "body": nil, "main": nil,
	"header": {"class"}, "footer": nil, "p": {"class"}, "h1": nil, "h2": nil, "dl": nil, "dt": nil, "dd": nil,
	"ol": nil, "ul": nil, "li": nil,
	"span": {"class"}, "table": {"class"}, "thead": nil, "tbody": nil, "tr": nil, "th": {"scope"}, "td": {"class"},
	"details": nil, "summary": nil,
	"pre": nil, "figure": nil, "svg": {"viewBox", "role", "aria-label", "class"},
	"g":      {"transform"},
	"rect":   {"x", "y", "width", "height", "rx", "class"},
	"circle": {"cx", "cy", "r"}, "path": {"d", "class"}, "text": {"x", "y", "class"},
}

func TestNoTextIsObeyed(t *testing.T) {
	pages := map[string]string{
		"poisoned": page(t, "en", poisoned(t)), "joined": joined(t, "ja"), "fleet": offices("en"),
	}
	for name, r := range reporttest.Samples() {
		pages[name] = page(t, "ja", r)
	}
	for name, w := range accounttest.Worlds {
		pages["account-"+name] = page(t, "ja", w.Report("ja"))
	}
	for name, got := range pages {
		d := xml.NewDecoder(strings.NewReader(got))
		d.Strict, d.AutoClose, d.Entity = false, []string{"meta"}, xml.HTMLEntity
		depth, seen := 0, 0
		for {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			switch e := token.(type) {
			case xml.StartElement:
				depth++
				seen++
				attributes, is := allowed[e.Name.Local]
				if !is {
					t.Errorf("%s: <%s>", name, e.Name.Local)
				}
				for _, a := range e.Attr {
					if !slices.Contains(attributes, a.Name.Local) {
						t.Errorf("%s: <%s %s=%q>", name, e.Name.Local, a.Name.Local, a.Value)
					}
				}
			case xml.EndElement:
				depth--
			case xml.Comment:
				t.Errorf("%s: a comment", name)
			}
		}
		if depth != 0 || seen < 30 {
			t.Errorf("%s: %d elements, of which %d are open at the end", name, seen, depth)
		}
		for _, c := range got {
			if c < ' ' && c != '\n' || c > '~' {
				t.Errorf("%s: %U", name, c)
			}
		}
	}
	if !strings.Contains(pages["poisoned"], "&lt;script&gt;alert(1)&lt;/script&gt;") {
		t.Error("the poisoned page does not show what it was given")
	}
}

// A report of an account shows the architecture in the place of the desk's map.
func TestAnAccountsPageShowsItsArchitecture(t *testing.T) {
	got := page(t, "en", accounttest.Worlds["faults"].Report("en"))
	if n := strings.Count(got, "<svg"); n != 1 || !strings.Contains(got, `class="architecture"`) ||
		!strings.Contains(got, ">members_shut</text>") {
		t.Errorf("%d drawings", n)
	}
	if desk := page(t, "en", reporttest.Samples()["healthy"]); strings.Contains(desk, `class="architecture"`) {
		t.Error("a desk's page shows an account")
	}
}

// A page asks nobody for anything.
func TestAPageIsAlone(t *testing.T) {
	got := page(t, "en", reporttest.Samples()["healthy"])
	if !strings.Contains(got, `content="default-src 'none'; style-src 'unsafe-inline'"`) {
		t.Error("no policy")
	}
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`).FindStringSubmatch(got)
	if style == nil || strings.Contains(style[1], "url(") || strings.Contains(style[1], "@import") {
		t.Error("the style fetches something")
	}
	for _, language := range words.Languages() {
		if !strings.Contains(page(t, language, reporttest.Samples()["healthy"]), `<html lang="`+language+`">`) {
			t.Errorf("%s is not named", language)
		}
	}
}
