//go:build engines

package fleet

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"wsdoctor/internal/diagnose/finding"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/report"
)

// generated is how many reports the databases and fleet are given.
const generated = 100_000

// TestEngines gives the same reports to fleet and to each database, and holds the groups
// that the printed queries make against fleet's, number for number.
func TestEngines(t *testing.T) {
	dir := t.TempDir()
	for _, d := range []string{dir, filepath.Dir(dir)} { // the server is another user
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	file := filepath.Join(dir, "summaries.ndjson")
	want := generate(t, file)
	if len(want) < 50 {
		t.Fatalf("only %d groups", len(want))
	}
	for engine, run := range map[string]func(*testing.T, string, string) string{"postgres": postgres, "duckdb": duckdb} {
		t.Run(engine, func(t *testing.T) {
			text, known := SQL(engine)
			if !known {
				t.Fatalf("no queries for it")
			}
			got := strings.Split(strings.TrimSpace(run(t, text, file)), "\n")
			slices.Sort(got)
			if !slices.Equal(got, want) {
				for i := range min(len(got), len(want)) {
					if got[i] != want[i] {
						t.Fatalf("%d groups, fleet has %d; the first that differs:\n%s\n%s", len(got), len(want), got[i], want[i])
					}
				}
				t.Errorf("%d groups, fleet has %d", len(got), len(want))
			}
		})
	}
}

// generate writes records as a company's desks would make them, some of them twice, and
// gives fleet's groups as rows.
func generate(t *testing.T, file string) (rows []string) {
	rnd := rand.New(rand.NewPCG(13, 7))
	f := New(Options{Unweighed: true})
	var all bytes.Buffer
	faults := []struct {
		layer layer.ID
		code  string
		where *finding.Where
	}{
		{layer.NetworkFirewall, "path_located", &finding.Where{Kind: finding.Between, From: "10.0.1.1", To: "10.0.0.1", Ports: []string{"udp/4172"}}},
		{layer.InternetPath, "path_located", &finding.Where{Kind: finding.Between, From: "198.51.100.1", To: "198.51.100.9", Ports: []string{"tcp/4172", "udp/4172"}}},
		{layer.Proxy, "proxy_refused", &finding.Where{Kind: finding.AtProxy, From: "proxy.example:8080"}},
		{layer.LocalFirewall, "host_denies_send", &finding.Where{Kind: finding.OnComputer, Product: "an antivirus's name"}},
		{layer.DNS, "dns_silent", nil},
	}
	for i := range generated {
		site := rnd.IntN(40)
		o := office{fmt.Sprintf("site %d", site), fmt.Sprintf("203.0.113.%d", site), []string{"10.0.1.1"}, "10.0.0.1", "198.51.100.1"}
		r := o.desk(rnd.IntN(700), 0, nine.Add(time.Duration(rnd.IntN(1_000_000))*time.Millisecond*50))
		r.Run = fmt.Sprintf("run-%d", i)
		switch n := rnd.IntN(20); {
		case n < len(faults):
			r.Status, r.Layer, r.Code, r.Where = finding.StatusFault, faults[n].layer, faults[n].code, faults[n].where
		case n < 8:
			r.Status, r.Code = finding.StatusInconclusive, "not_shown"
		}
		switch rnd.IntN(10) {
		case 0:
			r.Labels = nil // told apart by its address
		case 1:
			r.Labels, r.Egress, r.Source = nil, nil, "" // and not at all
		case 2:
			r.Demo = "healthy"
		case 3:
			r.Redacted = report.RunPseudonyms
		}
		r = r.bounded()
		line, err := r.Line()
		if err != nil {
			t.Fatal(err)
		}
		all.Write(line)
		f.readOne("line", "file", line)
		if rnd.IntN(50) == 0 {
			all.Write(line)
		}
	}
	if err := os.WriteFile(file, all.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	culprits := map[int32]string{}
	type group struct {
		desks       int
		sites       map[int32]bool
		since, last int64
	}
	groups := map[int32]*group{}
	for _, d := range f.desks {
		culprits[d.kind] = f.kinds[d.kind].record.Culprit
		g := groups[d.kind]
		if g == nil {
			g = &group{sites: map[int32]bool{}, since: d.since()}
			groups[d.kind] = g
		}
		g.desks++
		g.sites[d.site] = true
		g.since, g.last = min(g.since, d.since()), max(g.last, d.at)
	}
	// What Result says is the same in fewer columns: the tests beside this one hold it to desks.
	told := 0
	for _, g := range f.Result().Groups {
		told += g.Desks
	}
	if told != len(f.desks) || len(f.Result().Groups) != len(groups) {
		t.Fatalf("fleet tells of %d desks in %d groups, and has %d in %d", told, len(f.Result().Groups), len(f.desks), len(groups))
	}
	for _, kind := range slices.Sorted(maps.Keys(groups)) {
		g, r := groups[kind], f.kinds[kind].record
		rows = append(rows, strings.Join([]string{
			string(r.Status), string(r.Layer), r.Code, culprits[kind], strconv.Itoa(g.desks), strconv.Itoa(len(g.sites)),
			strconv.FormatInt(g.since, 10), strconv.FormatInt(g.last, 10),
		}, "\t"))
	}
	slices.Sort(rows)
	return rows
}

// part is what stands in a file of queries behind the line that names it, up to the end
// of a statement.
func part(t *testing.T, text, name string) string {
	_, after, found := strings.Cut(text, "-- wsdoctor: "+name+"\n")
	if !found {
		t.Fatalf("no part %q", name)
	}
	statement, _, _ := strings.Cut(after, ";")
	return statement
}

// inMicroseconds has the query's times as numbers, so that no format of a time matters.
func inMicroseconds(query string) string {
	return "SELECT status, layer, code, culprit, desks, sites, (extract(epoch FROM since) * 1000000)::bigint, (extract(epoch FROM last) * 1000000)::bigint FROM (" + query + ") AS groups"
}

// command runs a program with an input, as another user if there is one.
func command(t *testing.T, as, input string, args ...string) string {
	t.Helper()
	if as != "" {
		args = append([]string{"runuser", "-u", as, "--"}, args...)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Stdin, cmd.Dir = strings.NewReader(input), os.TempDir()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v: %v\n%s%s", args, err, out.String(), errs.String())
	}
	return out.String()
}

// postgres runs a server of its own, at a socket in a folder of its own and nowhere else.
func postgres(t *testing.T, text, file string) string {
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		t.Fatal("PostgreSQL is not installed: run .ci/engines")
	}
	bin := filepath.Dir(found[len(found)-1])
	as := ""
	if me, err := user.Current(); err == nil && me.Uid == "0" {
		as = "postgres" // it refuses to run as root
	}
	dir := strings.TrimSpace(command(t, as, "", "mktemp", "-d"))
	t.Cleanup(func() { exec.Command("rm", "-rf", dir).Run() })
	command(t, as, "", filepath.Join(bin, "initdb"), "-D", dir+"/data", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale", "C.UTF-8")
	options := fmt.Sprintf("-c listen_addresses='' -c unix_socket_directories='%s' -c fsync=off", dir)
	command(t, as, "", filepath.Join(bin, "pg_ctl"), "-D", dir+"/data", "-w", "-l", dir+"/log", "-o", options, "start")
	t.Cleanup(func() {
		command := []string{filepath.Join(bin, "pg_ctl"), "-D", dir + "/data", "-m", "immediate", "stop"}
		if as != "" {
			command = append([]string{"runuser", "-u", as, "--"}, command...)
		}
		exec.Command(command[0], command[1:]...).Run()
	})
	psql := func(input string) string {
		return command(t, as, input, filepath.Join(bin, "psql"), "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-h", dir, "postgres")
	}
	// The whole file, with the lines loaded where it says so: as whoever reads it would.
	load := regexp.MustCompile(`(?m)^-- wsdoctor: load$`)
	create, rest := text[:load.FindStringIndex(text)[0]], text[load.FindStringIndex(text)[1]:]
	copied := regexp.MustCompile(`-c '(\\copy .*)'\)?`).FindStringSubmatch(create)
	if copied == nil {
		t.Fatal("the file does not say how to load one")
	}
	copyLine := strings.ReplaceAll(copied[1], "summaries.ndjson", "'"+file+"'")
	insert, _, _ := strings.Cut(rest, "-- How many")
	psql(create + "\n" + strings.ReplaceAll(copyLine, "''", "'") + "\n" + insert)
	return psql(inMicroseconds(part(t, text, "groups")) + ";")
}

// duckdb runs in Node.js, from the package that .ci/engines installs.
func duckdb(t *testing.T, text, file string) string {
	node := os.Getenv("ENGINES_NODE")
	if node == "" {
		t.Fatal("DuckDB is not installed: run .ci/engines")
	}
	create, _, _ := strings.Cut(text, "-- wsdoctor: load")
	load := strings.ReplaceAll(part(t, text, "load"), "summaries.ndjson", file)
	script := fmt.Sprintf(`
const { DuckDBInstance } = require(%q);
(async () => {
  const c = await (await DuckDBInstance.create(':memory:')).connect();
  await c.run(%q); await c.run(%q);
  const rows = (await c.runAndReadAll(%q)).getRows();
  console.log(rows.map(r => r.join('\t')).join('\n'));
})();`, node+"/node_modules/@duckdb/node-api", create, load, inMicroseconds(part(t, text, "groups")))
	return command(t, "", script, "node", "-")
}
