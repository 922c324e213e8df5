package cli

import (
	"encoding/json"
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"wsdoctor/internal/diagnose"
	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
)

// symptomsCommand lists what the client can show.
func symptomsCommand(env Env) *cobra.Command {
	var format string
	var asJSON bool // as it was asked for before there was -o
	cmd := &cobra.Command{
		Use:     "symptoms",
		Short:   "cli.help.symptoms.short",
		Example: "  wsdoctor symptoms\n  wsdoctor symptoms -o json\n  wsdoctor check --region us-east-1 --symptom black-screen",
		Args:    noArguments,
		RunE: func(*cobra.Command, []string) error {
			if err := aValue.refuse(format); err != nil {
				return err
			}
			if asJSON || format == "json" {
				return symptomsJSON(env)
			}
			w := tabwriter.NewWriter(env.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintf(
				w,
				"%s\t%s\n",
				env.words().Tell(words.Say("cli.symptoms.id")),
				env.words().Tell(words.Say("cli.symptoms.shows")),
			)
			for _, s := range diagnose.Symptoms() {
				fmt.Fprintf(w, "%s\t%s\n", s.ID, env.words().Tell(s.Shows()))
			}
			return w.Flush()
		},
	}
	aValue.offer(cmd, env, &format)
	cmd.Flags().BoolVar(&asJSON, "json", false, "cli.flag.json")
	return cmd
}

// SymptomsSchema names the form of a row.
const SymptomsSchema = "wsdoctor.symptoms/v1"

func symptomsJSON(env Env) error {
	type row struct {
		Schema string     `json:"schema"`
		ID     string     `json:"id"`
		Shows  string     `json:"shows"`
		Then   []layer.ID `json:"points_to"`
	}
	rows := []row{}
	for _, s := range diagnose.Symptoms() {
		rows = append(rows, row{SymptomsSchema, s.ID, env.words().Tell(s.Shows()), s.Then})
	}
	e := json.NewEncoder(env.Stdout)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(rows)
}
