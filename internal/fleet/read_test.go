package fleet

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"wsdoctor/internal/report"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/probe"
)

// samples are reports as the program writes them.
func samples(t testing.TB) (list []report.Report) {
	all := reporttest.Samples()
	for _, name := range slices.Sorted(maps.Keys(all)) {
		r := all[name]
		r.Run.ID, r.Run.Demo = "run-"+name, "" // they share one
		list = append(list, r)
	}
	if len(list) < 3 {
		t.Fatalf("%d samples", len(list))
	}
	return list
}

func jsonOf(t testing.TB, r report.Report) []byte {
	b, err := r.JSON()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(files ...[]byte) (Result, *Fleet) {
	f := New(Options{})
	for i, b := range files {
		f.Read(fmt.Sprintf("file%d", i), bytes.NewReader(b))
	}
	return f.Result(), f
}

// Whatever form reports come in, they come to the same.
func TestEveryFormIsRead(t *testing.T) {
	var pretty, lines, stream, records, packed, zipped [][]byte
	for _, r := range samples(t) {
		b := jsonOf(t, r)
		pretty = append(pretty, b)
		var line bytes.Buffer
		if err := json.Compact(&line, b); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line.Bytes())
		var events bytes.Buffer
		e := report.NewEncoder(&events, nil)
		for _, l := range []report.Line{report.StartLine(r.Tool, r.Run, r.Target), report.StepDoneLine("step"), report.DoneLine(r)} {
			if err := e.Write(l); err != nil {
				t.Fatal(err)
			}
		}
		stream = append(stream, events.Bytes())
		record, err := Of(r)
		if err != nil {
			t.Fatal(err)
		}
		text, err := record.Line()
		if err != nil {
			t.Fatal(err)
		}
		records = append(records, text)
		block, err := r.Packed()
		if err != nil {
			t.Fatal(err)
		}
		packed = append(packed, block)
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		w.Write(b)
		w.Close()
		zipped = append(zipped, z.Bytes())
	}
	want, _ := read(pretty...)
	if want.Reports != len(pretty) || len(want.Skipped) > 0 {
		t.Fatalf("%d of %d: %+v", want.Reports, len(pretty), want.Skipped)
	}
	for name, files := range map[string][][]byte{
		"packed": packed, "gzip": zipped, "ndjson of runs": stream, "records": records,
		"lines of one file":    {bytes.Join(lines, []byte("\n"))},
		"one after another":    {bytes.Join(pretty, nil)},
		"a file of all events": {bytes.Join(stream, nil)},
		"a file of records":    {bytes.Join(records, nil)},
	} {
		got, _ := read(files...)
		for i := range got.Groups { // they stand in other files
			got.Groups[i].Files = nil
		}
		for i := range want.Groups {
			want.Groups[i].Files = nil
		}
		one, _ := want.JSON()
		two, _ := got.JSON()
		if string(one) != string(two) {
			t.Errorf("%s:\n%s\n%s", name, one, two)
		}
	}
}

// A line that is damaged costs itself alone, and what is no report is told by what it is.
func TestDamageCostsWhatIsDamaged(t *testing.T) {
	all := samples(t)
	record, _ := Of(all[0])
	good, _ := record.Line()
	newer := bytes.Replace(good, []byte("summary/v1"), []byte("summary/v9"), 1)
	for name, c := range map[string]struct {
		file    []byte
		reports int
		skipped Reason
	}{
		"a cut report":       {jsonOf(t, all[0])[:2000], 0, Damaged},
		"a damaged line":     {append(append(slices.Clone(good), `{"schema":"wsdoctor.summary/v1","run":`...), append([]byte("\n"), bytes.Replace(good, []byte(record.Run), []byte("another"), 1)...)...), 2, Damaged},
		"of a newer version": {newer, 0, Newer},
		"a joined verdict":   {[]byte(`{"schema":"wsdoctor.merge/v1"}`), 0, Joined},
		"something else":     {[]byte(`{"a":1}`), 0, Damaged},
		"no JSON":            {[]byte("hello"), 0, Damaged},
		"nothing":            {nil, 0, Damaged},
		"half a gzip":        {[]byte{0x1f, 0x8b, 8}, 0, Damaged},
		"another schema":     {[]byte(`{"schema":5}`), 0, Damaged},
		"no verdict":         {[]byte(`{"schema":"wsdoctor.report/v1","run":{"started_at":"2026-11-27T09:00:00Z"}}`), 0, Damaged},
	} {
		r, _ := read(c.file)
		if r.Reports != c.reports || len(r.Skipped) != 1 || r.Skipped[0].Reason != c.skipped || r.Skipped[0].Count != 1 {
			t.Errorf("%s: %d counted, %+v", name, r.Reports, r.Skipped)
		}
	}
}

func TestAReaderThatFailsIsSaid(t *testing.T) {
	f := New(Options{})
	f.Read("broken", iotest.ErrReader(errors.New("the disk is gone")))
	if r := f.Result(); len(r.Skipped) != 1 || r.Skipped[0].Reason != Unreadable || !strings.Contains(r.Skipped[0].Detail, "disk") {
		t.Errorf("%+v", r.Skipped)
	}
}

// A record is less than 2 kB, however much a report says, and has no terminal escapes.
func TestARecordIsShortAndClean(t *testing.T) {
	r := samples(t)[0]
	r.Verdict.Summary = strings.Repeat("長い\x1b[31m", 2000)
	r.Verdict.Owner = strings.Repeat("owner ", 500)
	for i := range 500 {
		r.Observations = append(r.Observations, probe.Observation{Endpoint: strings.Repeat("x", i)})
	}
	record, err := Of(r)
	if err != nil {
		t.Fatal(err)
	}
	record.Labels = map[string]string{}
	for i := range 200 {
		record.Labels[fmt.Sprint("label", i)] = strings.Repeat("値", 300)
	}
	line, err := record.bounded().Line()
	if err != nil || len(line) > MostBytes || bytes.ContainsRune(line, 0x1b) || bytes.Count(line, []byte{'\n'}) != 1 {
		t.Errorf("%d bytes, %v: %s", len(line), err, line)
	}
}

// A record has what a script asks first.
func TestARecordOfASampleSaysWhatTheReportDoes(t *testing.T) {
	for _, r := range samples(t) {
		record, err := Of(r)
		if err != nil {
			t.Fatal(err)
		}
		id := ""
		if r.Verdict.Layer != nil {
			id = string(*r.Verdict.Layer)
		}
		r = r.Scrubbed()
		if record.Run != probe.Clean(r.Run.ID, mostName) || !record.At.Equal(r.Run.StartedAt) || record.Status != r.Verdict.Status || string(record.Layer) != id ||
			record.Code != probe.Clean(r.Verdict.Code, mostName) || record.PCoIP != string(r.Verdict.Protocols.PCoIP) {
			t.Errorf("%s: %+v", r.Run.ID, record)
		}
		for _, o := range r.Observations {
			if o.Endpoint == "pcoip-tcp" && o.Operation == probe.TCPConnect && o.Outcome == probe.OK && record.Ports["tcp/4172"] != "ok" {
				t.Errorf("%s: %v", r.Run.ID, record.Ports)
			}
		}
	}
}

// FuzzRead: nothing that a file holds stops it, and every file is counted or said.
func FuzzRead(f *testing.F) {
	for _, r := range samples(f)[:2] {
		b := jsonOf(f, r)
		record, _ := Of(r)
		line, _ := record.Line()
		f.Add(b)
		f.Add(line)
	}
	f.Add([]byte("{\"schema\":\"wsdoctor.report/v1\",\"observations\":[{\"operation\":\"host_route\",\"detail\":{\"gateway\":3}}]}\n{}"))
	f.Fuzz(func(t *testing.T, b []byte) {
		f := New(Options{})
		f.Read("file", bytes.NewReader(b))
		r := f.Result()
		skipped := 0
		for _, s := range r.Skipped {
			skipped += s.Count
		}
		if r.Reports+skipped == 0 && !bytes.Contains(b, []byte("event")) {
			t.Errorf("nothing is said of %q", b)
		}
	})
}

// BenchmarkRead reads full reports of some 70 kB, next to what it takes to copy them.
func BenchmarkRead(b *testing.B) {
	r := samples(b)[0]
	for len(jsonOf(b, r)) < 70_000 {
		r.Observations = append(r.Observations, r.Observations...)
	}
	file := jsonOf(b, r)
	for name, read := range map[string]func(){
		"floor":  func() { io.Copy(io.Discard, struct{ io.Reader }{bytes.NewReader(file)}) },
		"report": func() { New(Options{}).Read("file", bytes.NewReader(file)) },
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(file)))
			b.ReportAllocs()
			for b.Loop() {
				read()
			}
		})
	}
}
