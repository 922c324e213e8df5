package cli

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"wsdoctor/internal/fleet"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/pasted"
	"wsdoctor/internal/userfile"
	"wsdoctor/internal/words"
	"wsdoctor/ui/html"
	"wsdoctor/ui/text"
)

// fleetFlags are what fleet is asked.
type fleetFlags struct {
	output
	since     string
	groupBy   []string
	siteLabel string
	demo      bool
	unweighed bool
	watch     bool
	browse    bool
}

// fleetCommand says what the reports of many desks have in common.
func fleetCommand(env Env) *cobra.Command {
	var f fleetFlags
	cmd := &cobra.Command{
		Use:     "fleet DIRECTORY|FILE…|-",
		Short:   "cli.help.fleet.short",
		Long:    "cli.help.fleet.long",
		Example: "  wsdoctor fleet reports/\n  wsdoctor fleet --since 24h --group-by label:floor reports/\n  wsdoctor fleet summaries.ndjson -o json",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return badInput(words.Raw("wsdoctor fleet reports/"), words.Say("cli.bad.fleet-none"))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.checkSince(cmd, args); err != nil {
				return err
			}
			return tellFleet(cmd.Context(), env, f, args)
		},
	}
	f.of = aFleet
	aFleet.offer(cmd, env, &f.format)
	s := cmd.Flags()
	s.StringVar(&f.file, "output-file", "", "cli.flag.output-file")
	s.BoolVarP(&f.verbose, "verbose", "v", false, "cli.flag.verbose")
	s.BoolVar(&f.noColor, "no-color", false, "cli.flag.no-color")
	s.StringVar(&f.since, "since", "", "cli.flag.since")
	s.StringSliceVar(&f.groupBy, "group-by", nil, "cli.flag.group-by")
	s.StringVar(&f.siteLabel, "site-label", fleet.DefaultSiteLabel, "cli.flag.site-label")
	s.BoolVar(&f.demo, "demo", false, "cli.flag.fleet-demo")
	s.BoolVar(&f.unweighed, "unweighed", false, "cli.flag.unweighed")
	s.BoolVar(&f.watch, "watch", false, "cli.flag.fleet-watch")
	s.BoolVar(&f.browse, "browse", false, "cli.flag.fleet-browse")
	cmd.AddCommand(fleetSQLCommand(env))
	return cmd
}

// fleetSQLCommand prints the table and the queries of an engine.
func fleetSQLCommand(env Env) *cobra.Command {
	engines := fleet.Engines()
	return &cobra.Command{
		Use:               "sql " + strings.Join(engines, "|"),
		Short:             "cli.help.fleet-sql.short",
		Example:           "  wsdoctor fleet sql duckdb\n  wsdoctor fleet sql postgres",
		ValidArgsFunction: oneOf(env.words(), func(*words.Catalogue) []cobra.Completion { return engines }),
		RunE: func(_ *cobra.Command, args []string) error {
			hint := words.Raw("wsdoctor fleet sql " + strings.Join(engines, "|"))
			if len(args) != 1 {
				return badInput(hint, words.Say("cli.bad.fleet-sql", words.Args{"n": len(args)}))
			}
			queries, known := fleet.SQL(args[0])
			if !known {
				return badInput(hint, words.Say("cli.bad.fleet-engine", words.Args{"engine": strconv.Quote(args[0])}))
			}
			_, err := io.WriteString(env.Stdout, queries)
			return err
		},
	}
}

func tellFleet(ctx context.Context, env Env, f fleetFlags, args []string) error {
	o, err := f.options(time.Now())
	if err != nil {
		return err
	}
	for _, name := range args {
		if err := f.readable(name); err != nil {
			return err
		}
	}
	if f.browse {
		if err := browsable(env, f.output, words.Raw("wsdoctor fleet reports/")); err != nil {
			return err
		}
	}
	if f.watch {
		return watchFleet(ctx, env, f, o, args)
	}
	out, err := openOutput(ctx, env, f.output)
	if err != nil {
		return err
	}
	gathered := fleet.New(o)
	readFleet(ctx, env, gathered, args, map[string]time.Time{})
	if ctx.Err() != nil {
		return out.close(errors.Join(exitError(layer.ExitInterrupted), ctx.Err()))
	}
	r := gathered.Result()
	if f.browse {
		return browseFleet(ctx, env, f, r)
	}
	if err := out.close(out.fleet(r)); err != nil || r.Reports > 0 {
		return err
	}
	return exitError(layer.ExitInconclusive)
}

// options looks at everything that needs no report.
func (f *fleetFlags) options(now time.Time) (fleet.Options, error) {
	o := fleet.Options{Now: now, GroupBy: f.groupBy, SiteLabel: f.siteLabel, Demo: f.demo, Unweighed: f.unweighed}
	if err := f.check(); err != nil {
		return o, err
	}
	for _, name := range f.groupBy {
		if !fleet.KnownDimension(name) {
			var list []string
			for _, d := range fleet.Dimensions {
				list = append(list, d.Name)
			}
			return o, badInput(
				words.Say("cli.hint.group-by", words.Args{"list": strings.Join(list, "|")}),
				words.Say("cli.bad.group-by", words.Args{"what": strconv.Quote(name)}),
			)
		}
	}
	since, err := sinceWhen(f.since, now)
	if err != nil {
		return o, err
	}
	o.Since = since
	return o, nil
}

// checkSince hints at the command with what was meant, where that is clear.
func (f *fleetFlags) checkSince(cmd *cobra.Command, args []string) error {
	now := time.Now()
	if _, err := sinceWhen(f.since, now); err == nil {
		return nil
	}
	meant, sure := mendSince(f.since, now)
	if !sure {
		meant = "24h"
	}
	hint := []string{cmd.CommandPath(), "--since", meant}
	for _, name := range args {
		hint = append(hint, argument(name))
	}
	return badInput(
		words.Raw(strings.Join(hint, " ")),
		words.Say("cli.bad.since", words.Args{"what": shownText(f.since)}),
	)
}

// days is a number of days or weeks, as people write it.
var days = regexp.MustCompile(`^([0-9]{1,4})\s*(d|days?|w|weeks?|日|週間?)\.?(?:\s+ago)?$`)

// mendSince reads how people say since when: "yesterday", "2 weeks", "24 hours", "-1h",
// a day with slashes or dots, year first.
func mendSince(typed string, now time.Time) (meant string, sure bool) {
	text := strings.ToLower(strings.TrimLeft(pasted.Fold(typed), "-+ "))
	switch text {
	case "today", "今日":
		return now.Format(time.DateOnly), true
	case "yesterday", "昨日":
		return now.AddDate(0, 0, -1).Format(time.DateOnly), true
	}
	if parts := days.FindStringSubmatch(text); parts != nil {
		n, _ := strconv.Atoi(parts[1]) // four digits
		if strings.ContainsAny(parts[2][:1], "w") || strings.HasPrefix(parts[2], "週") {
			n *= 7
		}
		return strconv.Itoa(n) + "d", true
	}
	dashed := strings.NewReplacer("/", "-", ".", "-").Replace(text)
	for _, layout := range []string{time.DateOnly, "2006-1-2"} {
		if t, err := time.ParseInLocation(layout, dashed, time.Local); err == nil {
			return t.Format(time.DateOnly), true
		}
	}
	return mendDuration(strings.TrimSpace(strings.TrimSuffix(text, "ago")))
}

// sinceWhen reads how long ago, in days too, or a time.
func sinceWhen(s string, now time.Time) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if days, isDays := strings.CutSuffix(s, "d"); isDays {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return now.AddDate(0, 0, -int(n)), nil
		}
	}
	if ago, err := time.ParseDuration(s); err == nil && ago >= 0 {
		return now.Add(-ago), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("no time")
}

// readable refuses what is not there before anything is read.
func (f fleetFlags) readable(name string) error {
	if name == "-" && !f.watch {
		return nil
	}
	info, err := os.Stat(name)
	if err == nil && info.IsDir() {
		_, err = os.ReadDir(name)
	} else if err == nil && f.watch {
		return badInput(
			words.Raw("wsdoctor fleet --watch reports/"),
			words.Say("cli.bad.fleet-watch", words.Args{"file": argument(name)}),
		)
	}
	if err == nil {
		return nil
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return badInput(
		words.Raw("wsdoctor fleet reports/"),
		words.Say("cli.bad.fleet-path", words.Args{"file": argument(name), "why": err.Error()}),
	)
}

// reportEndings are the files of a directory that may hold reports.
var reportEndings = []string{".json", ".ndjson", ".jsonl", ".txt", ".html", ".log", ".gz"}

// readFleet reads what is new or changed since it was seen last, several files at once.
// It says whether anything was.
func readFleet(ctx context.Context, env Env, into *fleet.Fleet, args []string, seen map[string]time.Time) bool {
	files := make(chan string)
	var readers sync.WaitGroup
	for range max(2, runtime.GOMAXPROCS(0)) {
		readers.Go(func() {
			for name := range files {
				readFleetFile(ctx, env, into, name)
			}
		})
	}
	any := false
	give := func(name string, changed time.Time) {
		if at, has := seen[name]; has && !changed.After(at) {
			return
		}
		seen[name], any = changed, true
		select {
		case files <- name:
		case <-ctx.Done():
		}
	}
	for _, name := range args {
		if info, err := os.Stat(name); name == "-" || err != nil || !info.IsDir() {
			give(name, time.Time{}.Add(1))
			continue
		}
		walkReports(ctx, into, name, give)
	}
	close(files)
	readers.Wait()
	return any
}

// walkReports gives the files below a directory that may hold reports. It follows no
// links, which may lead in circles.
func walkReports(ctx context.Context, into *fleet.Fleet, dir string, give func(string, time.Time)) {
	filepath.WalkDir(dir, func(name string, entry fs.DirEntry, err error) error {
		if ctx.Err() != nil {
			return fs.SkipAll
		}
		if err != nil {
			into.Skip(name, fleet.Unreadable, "")
			return nil
		}
		if !entry.Type().IsRegular() || !slices.Contains(reportEndings, strings.ToLower(filepath.Ext(name))) {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			give(name, info.ModTime())
		}
		return nil
	})
}

func readFleetFile(ctx context.Context, env Env, into *fleet.Fleet, name string) {
	if name == "-" {
		into.Read(name, env.Stdin)
		return
	}
	file, err := userfile.Open(ctx, name)
	if err != nil {
		into.Skip(name, fleet.Unreadable, "")
		return
	}
	defer file.Close()
	into.Read(name, file)
}

// fleetLook is how often a watched directory is looked at.
const fleetLook = 5 * time.Second

// watchFleet prints what the reports in directories come to, and again whenever there
// are others.
func watchFleet(ctx context.Context, env Env, f fleetFlags, o fleet.Options, args []string) error {
	gathered, seen := fleet.New(o), map[string]time.Time{}
	for first := true; ; first = false {
		if readFleet(ctx, env, gathered, args, seen) || first {
			out, err := openOutput(ctx, env, f.output)
			if err != nil {
				return err
			}
			if err := out.close(out.fleet(gathered.Result())); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return exitError(layer.ExitInterrupted)
		case <-time.After(fleetLook):
		}
	}
}

// fleet prints a fleet.
func (p *printer) fleet(r fleet.Result) error {
	switch p.format {
	case "json":
		b, err := r.JSON()
		if err != nil {
			return err
		}
		_, err = p.out.Write(b)
		return err
	case "csv":
		return fleetCSV(p.out, r)
	case "html":
		_, err := p.out.Write(html.Fleet(p.env.words(), r))
		return err
	}
	return text.RenderFleet(p.out, r, p.style())
}

// fleetCSV writes a row for each group. What a spreadsheet would take for a formula
// begins with an apostrophe.
func fleetCSV(w io.Writer, r fleet.Result) error {
	out := csv.NewWriter(w)
	head := []string{
		"desks",
		"status",
		"layer",
		"code",
		"kind",
		"from",
		"to",
		"also",
		"ports",
		"product",
		"since",
		"last",
		"sites",
		"contradict",
		"fits",
		"owner",
		"summary",
	}
	out.Write(append(head, r.GroupBy...))
	for _, g := range r.Groups {
		var kind, from, to, also, ports, product string
		if w := g.Where; w != nil {
			kind, from, to, also, ports, product = string(
				w.Kind,
			), w.From, w.To, strings.Join(
				w.Also,
				" ",
			), strings.Join(
				w.Ports,
				" ",
			), w.Product
		}
		var sites []string
		for _, s := range g.Sites {
			if name := s.Name; name != "" {
				sites = append(sites, name)
			}
		}
		row := []string{
			strconv.Itoa(g.Desks),
			string(g.Status),
			string(g.Layer),
			g.Code,
			kind,
			from,
			to,
			also,
			ports,
			product,
			g.Since.Format(
				time.RFC3339,
			),
			g.Last.Format(time.RFC3339),
			strings.Join(sites, " "),
			strconv.Itoa(g.Contradict),
			strconv.Itoa(g.Fits),
			g.Owner,
			g.Summary,
		}
		for _, name := range r.GroupBy {
			row = append(row, g.By[name])
		}
		for i, cell := range row {
			if strings.IndexAny(cell, "=+-@\t\r") == 0 {
				row[i] = "'" + cell
			}
		}
		out.Write(row)
	}
	out.Flush()
	return out.Error()
}
