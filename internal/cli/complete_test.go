package cli

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/words"
)

// everyCommand calls do with each command of the program, also those below others.
func everyCommand(do func(*cobra.Command)) {
	var walk func(*cobra.Command)
	walk = func(cmd *cobra.Command) {
		do(cmd)
		for _, sub := range cmd.Commands() {
			walk(sub)
		}
	}
	walk(New(Env{Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &bytes.Buffer{}, Getenv: os.Getenv}))
}

// complete asks as a shell does, and gives what it would offer.
func complete(t *testing.T, args ...string) (list []string) {
	t.Helper()
	r := execute(t.Context(), append([]string{"__complete"}, args...)...)
	if r.code != 0 {
		t.Fatalf("%q: exit code %d\n%s", args, r.code, r.stderr)
	}
	for line := range strings.Lines(r.out) {
		if !strings.HasPrefix(line, ":") {
			list = append(list, strings.TrimSuffix(line, "\n"))
		}
	}
	return list
}

func TestNoFlagOffersFilesThatTakesNone(t *testing.T) {
	seen := 0
	everyCommand(func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			_, tied := cmd.GetFlagCompletionFunc(f.Name)
			if f.NoOptDefVal == "" && tied == slices.Contains(takesFile, f.Name) {
				t.Errorf("%s --%s: offers values %v, and takes a file %v", cmd.CommandPath(), f.Name, tied, !tied)
			}
			seen++
		})
	})
	if seen < 100 {
		t.Errorf("only %d flags", seen)
	}
}

func TestValuesAreOfferedWithWhatTheyAre(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"check", "--region", ""}, "ap-northeast-1\tAsia Pacific (Tokyo)"},
		{[]string{"--region", ""}, "eu-central-1\tEurope (Frankfurt)"},
		{[]string{"inside", "--lang", "ja", "--region", ""}, "ap-northeast-1\tアジアパシフィック (東京)"},
		{[]string{"check", "--symptom", ""}, "black-screen\tconnects, then a black screen"},
		{[]string{"check", "--protocol", ""}, "dcv"},
		{[]string{"check", "--proxy", ""}, "none"},
		{[]string{"explain", "--lang", ""}, "ja"},
		{[]string{"explain", ""}, "network-firewall\tnetwork firewall"},
		{[]string{"demo", ""}, "proxy-auth\tthe web proxy demands a login"},
		{[]string{"fleet", "--group-by", ""}, "hour"},
		{[]string{"fleet", "--group-by", "egress,"}, "egress,hour"},
		{[]string{"fleet", "sql", ""}, "postgres"},
		{[]string{"help", ""}, "exit-codes\tThe exit code carries the diagnosis."},
		{[]string{"check", "-o", ""}, "packed\t"},
	} {
		list := complete(t, c.args...)
		if !slices.ContainsFunc(list, func(s string) bool {
			return s == c.want || strings.HasSuffix(c.want, "\t") && strings.HasPrefix(s, c.want)
		}) {
			t.Errorf("%q: %q is not among %q", c.args, c.want, list)
		}
	}
	all, err := catalog.Load()
	if err != nil {
		t.Fatal(err)
	}
	if list := complete(t, "check", "--region", ""); len(list) != len(all.Regions()) {
		t.Errorf("%d of %d Regions are offered", len(list), len(all.Regions()))
	}
}

func TestNothingIsOfferedWhereNothingFits(t *testing.T) {
	for _, args := range []string{
		"check|", "check|--directory-id|", "explain|dns|", "demo|healthy|", "fleet|sql|duckdb|", "path|--timeout|",
	} {
		if list := complete(t, strings.Split(args, "|")...); len(list) > 0 {
			t.Errorf("%s: %q", args, list)
		}
	}
}

// What a shell shows of a value is one line.
func TestEveryTopicIsDescribedInOneLine(t *testing.T) {
	for _, name := range words.Languages() {
		c, _ := words.In(name)
		for _, offered := range topicNames(c) {
			topic, is, _ := strings.Cut(offered, "\t")
			if topic == "" || is == "" || strings.ContainsAny(is, "\t\n") {
				t.Errorf("%s: %q", name, offered)
			}
		}
	}
}
