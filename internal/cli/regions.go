package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/plan"
	"wsdoctor/internal/run"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
)

// regionsCommand measures the round trip to every Region's broker at once.
func regionsCommand(env Env) *cobra.Command {
	var o struct {
		format  string
		list    bool
		timeout time.Duration
	}
	cmd := &cobra.Command{
		Use:     "regions",
		Short:   "cli.help.regions.short",
		Example: "  wsdoctor regions\n  wsdoctor regions -o json",
		Args:    noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := aValue.refuse(o.format); err != nil {
				return err
			}
			f := flags{timeout: o.timeout}
			if err := f.checkTimeout(nil); err != nil {
				return err
			}
			c, err := catalog.Load()
			if err != nil {
				return err
			}
			rows := regionRows(env.words(), c)
			if !o.list {
				rows = measureRegions(cmd.Context(), env.words(), c, env.sockets(nil), o.timeout)
			}
			show := func() error { return regionsTable(env.words(), env.Stdout, rows, o.list) }
			if o.format == "json" {
				show = func() error { return regionsJSON(env.Stdout, rows) }
			}
			if err := show(); err != nil {
				return err
			}
			return interruptedExit(cmd.Context())
		},
	}
	aValue.offer(cmd, env, &o.format)
	cmd.Flags().BoolVar(&o.list, "list", false, "cli.flag.list-regions")
	cmd.Flags().DurationVar(&o.timeout, "timeout", 5*time.Second, "cli.flag.timeout-regions")
	return cmd
}

// interruptedExit gives exit code 130 after Ctrl-C.
func interruptedExit(ctx context.Context) error {
	if ctx.Err() != nil {
		return exitError(layer.ExitInterrupted)
	}
	return nil
}

// RegionsSchema names the form of a row.
const RegionsSchema = "wsdoctor.regions/v1"

// regionRow is one Region and what was measured. RTT is nil where nothing was:
// Outcome and Why say whether it was not asked or did not answer.
type regionRow struct {
	Schema  string        `json:"schema"`
	Region  string        `json:"region"`
	Name    string        `json:"name"`
	RTTMS   *float64      `json:"rtt_ms"`
	Healthy bool          `json:"healthy"`
	Outcome probe.Outcome `json:"outcome"`
	Failure probe.Failure `json:"failure"`
	PCoIP   string        `json:"pcoip,omitempty"` // good, affected, degraded, ends
	DCV     string        `json:"dcv,omitempty"`   // good, degraded
	Why     string        `json:"why,omitempty"`
	clause  words.Text    // the same, for a table
}

func regionRows(say *words.Catalogue, c *catalog.Catalog) []regionRow {
	var rows []regionRow
	for _, r := range c.Regions() {
		rows = append(
			rows,
			regionRow{
				Schema:  RegionsSchema,
				Region:  r.ID,
				Name:    r.Name,
				Outcome: probe.Skipped,
				Why:     say.Tell(plan.RegionGap(r)),
			},
		)
	}
	return rows
}

// measureRegions asks every broker at once and sorts by what came back.
func measureRegions(
	ctx context.Context,
	say *words.Catalogue,
	c *catalog.Catalog,
	n probe.Network,
	timeout time.Duration,
) []regionRow {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	byRegion := map[string]*regionRow{}
	rows := regionRows(say, c)
	p := plan.Plan{Timeout: probe.Millis(timeout)}
	guessed := map[string]bool{}
	for i := range rows {
		byRegion[rows[i].Region] = &rows[i]
		r, _ := c.Find(rows[i].Region)
		if e, known := r.Endpoint("broker"); known {
			guessed[r.ID] = e.ByPattern
		}
		p.Steps = append(p.Steps, plan.Regions(r)...)
	}
	run.Run(ctx, run.Options{Network: n, Plan: p, Probers: run.Probers(), Started: time.Now()}, func(e run.Event) {
		row := byRegion[plan.RegionOf(e.Step.ID)]
		if e.Kind == run.Observed && row != nil {
			row.learn(say, e.Observation)
		}
	})
	for i := range rows {
		if rows[i].RTTMS == nil && guessed[rows[i].Region] {
			rows[i].clause = words.Say("cli.regions.guessed")
			rows[i].Why = say.Tell(rows[i].clause)
		}
	}
	slices.SortStableFunc(rows, func(a, b regionRow) int {
		if (a.RTTMS == nil) != (b.RTTMS == nil) {
			if a.RTTMS != nil {
				return -1
			}
			return 1
		}
		if a.RTTMS == nil {
			return cmp.Compare(a.Region, b.Region)
		}
		return cmp.Compare(*a.RTTMS, *b.RTTMS)
	})
	return rows
}

// learn takes over what an observation says: the TCP round trip, and whether
// the broker called itself healthy.
func (r *regionRow) learn(say *words.Catalogue, o probe.Observation) {
	if o.Outcome != probe.OK && (r.Outcome == probe.Skipped || r.Outcome == probe.OK) {
		r.Outcome, r.Failure, r.clause = o.Outcome, o.Failure, words.Failure(o.Failure)
		r.Why = say.Tell(words.Sentence(r.clause))
	}
	switch d := o.Detail.(type) {
	case probe.ConnectDetail:
		if o.Outcome == probe.OK {
			rtt := d.RTTMS
			r.RTTMS, r.PCoIP, r.DCV = &rtt, quality(rtt, pcoipLimits), quality(rtt, dcvLimits)
			r.Outcome, r.Failure, r.Why = probe.OK, "", ""
		}
	case probe.HTTPDetail:
		r.Healthy = d.Healthy
	}
}

type limit struct {
	below float64 // milliseconds
	word  string
}

// Limits of the admin guide's network requirements page.
var (
	pcoipLimits = []limit{{100, "good"}, {200, "affected"}, {375, "degraded"}}
	dcvLimits   = []limit{{250, "good"}, {400, "degraded"}}
)

func quality(ms float64, limits []limit) string {
	for _, l := range limits {
		if ms < l.below {
			return l.word
		}
	}
	return "too slow"
}

// named is the Region's name in a language; in JSON it is English, whatever is spoken.
func (r regionRow) named(c *words.Catalogue) string {
	return c.Tell(catalog.Region{ID: r.Region}.Named())
}

func regionsTable(c *words.Catalogue, w io.Writer, rows []regionRow, list bool) error {
	var lines [][]string
	say := func(id string) string { return c.Tell(words.Say(id)) }
	if list {
		lines = append(lines, []string{say("cli.regions.id"), say("cli.regions.name")})
		for _, r := range rows {
			lines = append(lines, []string{r.Region, r.named(c)})
		}
		return columns(w, lines)
	}
	lines = append(
		lines,
		[]string{say("cli.regions.id"), say("cli.regions.name"), say("cli.regions.rtt"), "PCOIP", "DCV", ""},
	)
	for _, r := range rows {
		switch {
		case r.RTTMS != nil:
			note := ""
			if !r.Healthy {
				note = say("cli.regions.unhealthy")
			}
			lines = append(
				lines,
				[]string{
					r.Region,
					r.named(c),
					fmt.Sprintf("%.1f ms", *r.RTTMS),
					say("cli.regions.quality." + r.PCoIP),
					say("cli.regions.quality." + r.DCV),
					note,
				},
			)
		case r.Outcome == probe.Skipped:
			lines = append(lines, []string{r.Region, r.named(c), "–", "", "", say("cli.regions.not-asked")})
		default:
			lines = append(lines, []string{r.Region, r.named(c), "–", "", "", c.Tell(r.clause)})
		}
	}
	if err := columns(w, lines); err != nil {
		return err
	}
	ends, _ := catalog.EndingByID(catalog.PCoIPEnds)
	_, err := fmt.Fprintf(w, "\n%s\n", c.Tell(ends.Sentence().Then(words.Say("cli.regions.stays"))))
	return err
}

func regionsJSON(w io.Writer, rows []regionRow) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(rows)
}
