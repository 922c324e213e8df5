package report_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"wsdoctor/internal/packed"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
)

func TestParseReadsWhatJSONWrote(t *testing.T) {
	for name, r := range reporttest.Samples() {
		first := encoded(t, r)
		back, err := report.Parse(bytes.NewReader(first))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(string(first), string(encoded(t, back))); diff != "" {
			t.Errorf("%s written again (-first +second):\n%s", name, diff)
		}
		for i, o := range back.Observations {
			if o.Elapsed != r.Observations[i].Elapsed {
				t.Errorf("%s, observation %d: elapsed %v, want %v", name, i, o.Elapsed, r.Observations[i].Elapsed)
			}
		}
	}
}

// enveloped is what Systems Manager's command line prints of a command's output.
func enveloped(text string) string {
	b, _ := json.Marshal(map[string]string{"CommandId": "0a1b", "StandardOutputContent": text, "StandardErrorContent": ""})
	return string(b)
}

func packedReport(t *testing.T, r report.Report) []byte {
	t.Helper()
	b, err := r.Packed()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// widened is a text as UTF-16, little end first.
func widened(text string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(text)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

func gzipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = io.WriteString(w, text)
	_ = w.Close()
	return b.String()
}

// A report of the inside fits into what a remote shell keeps, with much to spare.
func TestAPackedReportIsShort(t *testing.T) {
	r := reporttest.Samples()["inside-broken"]
	if b := packedReport(t, r); len(b) > 8000 || len(b)*3 > len(encoded(t, r)) {
		t.Errorf("%d bytes, as JSON %d", len(b), len(encoded(t, r)))
	}
}

// What a server wrote, such as the title of a page, may look like a block's first line.
func TestATextThatLooksLikeABlockSpoilsNoReport(t *testing.T) {
	const forged = "-----BEGIN WSDOCTOR REPORT 1 12 0badf00d-----AAAAAAAAAAAA-----END WSDOCTOR REPORT-----"
	r := reporttest.Samples()["captive-portal"]
	r.Verdict.Summary = forged
	want := string(encoded(t, r))
	for name, in := range map[string]string{
		"JSON": want, "compressed": gzipped(want),
		"packed": packed.Beside(forged) + "\n" + string(packedReport(t, r)),
	} {
		back, err := report.Parse(strings.NewReader(in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(want, string(encoded(t, back))); diff != "" {
			t.Errorf("%s (-written +read):\n%s", name, diff)
		}
	}
}

// A report is read with what a console, a ticket, a disk or a remote shell put
// around it.
func TestParseReadsWhatStandsAroundAReport(t *testing.T) {
	good := string(encoded(t, reporttest.Samples()["host-firewall"]))
	block := string(packedReport(t, reporttest.Samples()["host-firewall"]))
	for name, in := range map[string]string{
		"packed":          block,
		"packed, by SSM":  enveloped("fault: the firewall\n" + block),
		"packed, quoted":  "Hello\n> " + strings.ReplaceAll(block, "\n", "\n> "),
		"packed, UTF-16":  "\xff\xfe" + widened(block),
		"gzip":            gzipped(good),
		"gzip of packed":  gzipped(block),
		"quoted":          "> " + strings.ReplaceAll(strings.TrimSpace(good), "\n", "\n> "),
		"quoted twice":    "| > " + strings.ReplaceAll(strings.TrimSpace(good), "\n", "\n| > "),
		"UTF-16 unmarked": widened(good),
		"UTF-16 padded":   widened(good) + strings.Repeat("\x00", 512),
		"a prompt after":  good + "PS C:\\Users\\jd> ",
		"a prompt before": "PS C:\\Users\\jd> .\\wsdoctor.exe check -o json\r\n" + strings.ReplaceAll(good, "\n", "\r\n"),
		"NULs":            good + strings.Repeat("\x00", 512),
		"a fence":         "```json\n" + good + "```\n",
		"an envelope":     enveloped(good),
		"a marked fence":  "\ufeff```\n" + good + "```",
		"fenced envelope": "Here it is:\n```\n" + enveloped(good) + "\n```\nThanks",
	} {
		r, err := report.Parse(strings.NewReader(in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(good, string(encoded(t, r))); diff != "" {
			t.Errorf("%s (-written +read):\n%s", name, diff)
		}
	}
}

func TestParseNamesWhatIsWrong(t *testing.T) {
	good := string(encoded(t, reporttest.Samples()["host-firewall"]))
	block := string(packedReport(t, reporttest.Samples()["host-firewall"]))
	swap := func(old, with string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the sample holds no %s", old)
		}
		return strings.Replace(good, old, with, 1)
	}
	for name, c := range map[string]struct{ in, path, problem string }{
		"empty":                  {"", "", "not a JSON object"},
		"not JSON":               {"<html>", "", "not a JSON object"},
		"a list":                 {"[]", "", "not a JSON object"},
		"cut short":              {good[:len(good)/2], "", "ends in the middle"},
		"cut in an envelope":     {enveloped(good[:len(good)/2]), "", "ends in the middle"},
		"cut by a remote shell":  {enveloped(good[:len(good)/2] + "\n--output truncated--"), "", "ends in the middle"},
		"packed and cut":         {block[:len(block)/2], "", "ends in the middle"},
		"packed and changed":     {strings.Replace(block, block[200:210], "", 1), "", "damaged"},
		"gzip that is cut":       {gzipped(good)[:300], "", "ends in the middle"},
		"gzip that is none":      {"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff" + strings.Repeat("nonsense", 50), "", "damaged"},
		"gzip of too much":       {gzipped(strings.Repeat(" ", 17<<20)), "", "more than 16 MiB"},
		"a key twice":            {swap(`"gaps": [`, `"observations": [], "gaps": [`), "observations", "twice"},
		"a key twice, shouting":  {swap(`"gaps": [`, `"OBSERVATIONS": [], "gaps": [`), "OBSERVATIONS", "twice"},
		"too deep":               {strings.Repeat("[", 20000), "", "not a JSON object"},
		"no schema":              {"{}", "schema", "missing"},
		"another schema":         {`{"schema":"wsdoctor.report/v2\u001b[31m"}`, "schema", `"wsdoctor.report/v2[31m" is not`},
		"no verdict":             {swap(`"verdict"`, `"opinion"`), "verdict", "missing"},
		"layers no list":         {swap(`"layers": [`, `"layers": {}, "old": [`), "layers", "not a list"},
		"number for text":        {swap(`"region": "eu-central-1"`, `"region": 5`), "target.region", "number"},
		"text for number":        {swap(`"elapsed_ms": 0.2`, `"elapsed_ms": "soon"`), "observations[0].elapsed_ms", "string"},
		"wrong type in a detail": {swap(`"mtu": 65536`, `"mtu": "big"`), "observations[0].detail.interfaces.mtu", "string"},
		"address that is none":   {swap(`"127.0.0.1/8"`, `"everywhere"`), "observations[0]", "everywhere"},
		"unknown operation":      {swap(`"host_links"`, `"telepathy"`), "observations[0]", "telepathy"},
		"unknown outcome":        {swap(`"outcome": "ok"`, `"outcome": "fine"`), "observations[0].outcome", `"fine"`},
		"unknown failure":        {swap(`"failure": "local_policy_denied"`, `"failure": "gremlins"`), "observations[8].failure", `"gremlins"`},
		"unknown layer":          {swap(`"layer": "local-firewall"`, `"layer": "moon"`), "verdict.layer", `"moon"`},
		"unknown layer status":   {swap(`"status": "not-tested"`, `"status": "fine"`), "layers[8].status", `"fine"`},
		"finding out of range":   {swap("\"findings\": [\n        0", "\"findings\": [\n        -7"), "layers[1].findings", "-7"},
		"negative time":          {swap(`"elapsed_ms": 0.2`, `"elapsed_ms": -1`), "observations[0].elapsed_ms", "no time"},
		"endless time":           {swap(`"elapsed_ms": 0.2`, `"elapsed_ms": 1e300`), "observations[0].elapsed_ms", "no time"},
		"too many gaps":          {swap(`"gaps": [`, `"gaps": [`+strings.Repeat(`"",`, 20001)), "gaps", "more than"},
	} {
		_, err := report.Parse(strings.NewReader(c.in))
		var p *report.ParseError
		if !errors.As(err, &p) {
			t.Errorf("%s: error %v", name, err)
			continue
		}
		if p.Path != c.path || !strings.Contains(words.English().Tell(p.Problem), c.problem) || p.Hint().Empty() || strings.ContainsAny(p.Error(), "\x1b\n") {
			t.Errorf("%s: path %q, problem %q, hint %q", name, p.Path, p.Problem, p.Hint())
		}
	}
}

// What stands in place of a member of a closed list may be anything in a file.
func TestParseBelievesNoWordOfAFirewall(t *testing.T) {
	good := string(encoded(t, reporttest.Samples()["inside-broken"]))
	if !strings.Contains(good, `"verdict": "drop"`) {
		t.Fatal("the sample holds no verdict of a firewall")
	}
	_, err := report.Parse(strings.NewReader(strings.Replace(good, `"verdict": "drop"`, `"verdict": "fine\u009b2J"`, 1)))
	var p *report.ParseError
	if !errors.As(err, &p) || !strings.HasSuffix(p.Path, ".detail.verdict") || !strings.Contains(words.English().Tell(p.Problem), `"fine2J"`) {
		t.Errorf("error %v", err)
	}
	r, err := report.Parse(strings.NewReader(strings.Replace(good, `"transport": "udp"`, `"transport": "udp\u009b2J\u202e"`, 1)))
	if b := string(encoded(t, r)); err != nil || strings.ContainsAny(b, "\u009b\u202e") || !strings.Contains(b, `"udp2J"`) {
		t.Errorf("error %v, in the JSON: %v", err, strings.Contains(b, "udp2J"))
	}
}

// Windows PowerShell 5.1 writes UTF-16 for ">", and other programs a mark that
// says UTF-8.
func TestParseReadsWhatWindowsStores(t *testing.T) {
	good := string(encoded(t, reporttest.Samples()["inside-healthy"]))
	good = strings.Replace(good, "eth0", "Ethernet – größer 🖧", 1)
	wide := func(order binary.AppendByteOrder) string {
		var b []byte
		for _, unit := range utf16.Encode([]rune("\ufeff" + good)) {
			b = order.AppendUint16(b, unit)
		}
		return string(b)
	}
	for name, in := range map[string]string{
		"UTF-8 with a mark": "\ufeff" + good, "UTF-16": wide(binary.LittleEndian), "UTF-16, the other way round": wide(binary.BigEndian),
	} {
		r, err := report.Parse(strings.NewReader(in))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if diff := cmp.Diff(good, string(encoded(t, r))); diff != "" {
			t.Errorf("%s, written again (-want +got):\n%s", name, diff)
		}
	}
	for name, in := range map[string]string{"a mark alone": "\xff\xfe", "half a unit": "\xff\xfe{", "a lone surrogate": "\xff\xfe\x00\xd8"} {
		if _, err := report.Parse(strings.NewReader(in)); err == nil || !strings.Contains(err.Error(), "not a JSON object") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestParsePassesOverUnknownFields(t *testing.T) {
	good := string(encoded(t, reporttest.Samples()["healthy"]))
	in := strings.Replace(good, `"schema"`, `"later": {"a": [1]}, "schema"`, 1)
	in = strings.Replace(in, `"mtu"`, `"colour": "red", "mtu"`, 1)
	r, err := report.Parse(strings.NewReader(in))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(good, string(encoded(t, r))); diff != "" {
		t.Errorf("written again (-want +got):\n%s", diff)
	}
}

// endless never ends, and counts what was taken.
type endless struct{ taken int }

func (e *endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = ' '
	}
	e.taken += len(b)
	return len(b), nil
}

func TestParseStopsAt16MiB(t *testing.T) {
	var e endless
	if _, err := report.Parse(&e); err == nil || !strings.Contains(err.Error(), "16 MiB") {
		t.Errorf("error %v", err)
	}
	if e.taken > 17<<20 {
		t.Errorf("read %d bytes", e.taken)
	}
	broken := errors.New("disk on fire")
	if _, err := report.Parse(io.MultiReader(strings.NewReader("{"), failing{broken})); !errors.Is(err, broken) {
		t.Errorf("error %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func FuzzParse(f *testing.F) {
	for _, r := range reporttest.Samples() {
		r.Observations, r.Layers = r.Observations[len(r.Observations)-1:], r.Layers[:1] // short seeds: the fuzzer cuts at every byte
		r.Layers[0].Findings = nil
		b, err := r.JSON()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Add([]byte(`{"schema":"wsdoctor.report/v1","layers":[null]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := report.Parse(bytes.NewReader(b))
		if err != nil {
			if strings.ContainsAny(err.Error(), "\x1b\n\r") {
				t.Errorf("error %q", err)
			}
			return
		}
		once := encoded(t, r)
		again, err := report.Parse(bytes.NewReader(once))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if !bytes.Equal(once, encoded(t, again)) {
			t.Error("written twice, it differs")
		}
		encoded(t, r.Redacted())
	})
}
