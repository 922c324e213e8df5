package cli

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
)

// manCommand writes the manual page. It is for packagers and therefore hidden.
func manCommand(env Env) *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "cli.help.man.short", Hidden: true, Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(env.Stdout, manual(env.words(), cmd.Root()))
			return err
		},
	}
}

// variables are those of the environment that the program reads, by the message below
// cli.man.environment that says what they do.
var variables = []struct{ names, id string }{
	{"LC_ALL, LC_MESSAGES, LC_CTYPE, LANG", "language"},
	{accessible, "accessible"},
	{"NO_COLOR", "no-color"},
	{"TERM", "term"},
	{"TERM_PROGRAM, WT_SESSION", "windows"},
	{"HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY", "proxy"},
	{"XDG_CURRENT_DESKTOP", "desktop"},
	{"SSL_CERT_FILE, SSL_CERT_DIR", "trust"},
	{"HOME, LOCALAPPDATA", "home"},
	{"XDG_STATE_HOME", "state"},
	{"XDG_CONFIG_HOME", "config"},
	{"SystemRoot", "hosts"},
	{"OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS", "otel"},
	{"OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_SDK_DISABLED", "otel-how"},
	{"AWS_REGION, AWS_DEFAULT_REGION", "aws-region"},
	{"AWS_PROFILE, AWS_ENDPOINT_URL, AWS_*", "aws"},
	{"WSDOCTOR_NO_NETNS", "no-netns"},
	{simulatedVariable, "demo"},
}

// files are those that it reads or writes without being told to, likewise.
var files = []struct{ name, id string }{
	{"wsdoctor-YYYYMMDD-HHMMSS.*", "saved"},
	{"~/.local/share/" + strings.Join([]string{"Amazon Web Services", "Amazon WorkSpaces", ""}, "/"), "client"},
	{"~/.local/state/wsdoctor/watch/", "watch"},
	{"~/.config/systemd/user/wsdoctor-watch.service", "unit"},
	{"/etc/wsdoctor/policy.json", "policy"},
	{"/etc/hosts, /etc/resolv.conf", "system"},
}

// manPage is a manual page as roff's macros for them (groff_man(7)) want it. The writers
// of pages for command line libraries make one for each command, without exit codes.
type manPage struct {
	words *words.Catalogue
	strings.Builder
}

// manual is the page of a program, told already.
func manual(c *words.Catalogue, root *cobra.Command) string {
	p := &manPage{words: c}
	day := time.Now().UTC().Format(time.DateOnly)
	if built := thisBuild().Date; len(built) > len(day) {
		day = built[:len(day)] // the same build writes the same page
	}
	fmt.Fprintf(p, ".TH WSDOCTOR 1 %q \"wsdoctor %s\"\n", day, version().Version)
	p.section("name")
	p.line(root.Name() + ` \- ` + asShown(root.Short))
	p.section("synopsis")
	p.synopsis(root)
	p.section("description")
	p.paragraph(cmp.Or(root.Long, root.Short))
	p.section("options")
	root.Flags().VisitAll(p.flag)
	p.section("commands")
	p.paragraph(p.say("cli.man.every-command"))
	p.commands(root)
	p.section("exit-status")
	for _, code := range plainExits {
		p.item(strconv.Itoa(code), p.say("cli.exit."+strconv.Itoa(code)))
	}
	for _, l := range layer.All {
		about := words.Args{"layer": words.Title(l.ID), "id": string(l.ID), "owner": words.Owner(l.Owner)}
		p.item(strconv.Itoa(l.Exit), c.Tell(words.Say("cli.exit.layer", about)))
	}
	p.section("environment")
	for _, v := range variables {
		p.item(v.names, p.say("cli.man.environment."+v.id))
	}
	p.section("files")
	for _, f := range files {
		p.item(f.name, p.say("cli.man.files."+f.id))
	}
	p.section("examples")
	p.examples(root)
	return p.String()
}

func (p *manPage) say(id string) string { return p.words.Tell(words.Say(id)) }

func (p *manPage) line(s string) { p.WriteString(s + "\n") }

// section begins one; its heading is cli.man.heading.ID.
func (p *manPage) section(id string) { p.line(".SH " + p.say("cli.man.heading."+id)) }

// paragraph writes lines of text as one.
func (p *manPage) paragraph(s string) {
	for i, part := range strings.Split(s, "\n\n") {
		if i > 0 {
			p.line(".PP")
		}
		line := ""
		for _, word := range strings.Fields(part) { // short lines are what editors and mandoc want
			if line != "" && len(line)+len(word) > longestSource {
				p.line(asShown(line))
				line = ""
			}
			line += " " + word
		}
		p.line(asShown(line))
	}
}

// longestSource is the longest line of text in the page, in bytes before it is escaped.
const longestSource = 70

// item is a word and what it is.
func (p *manPage) item(word, is string) {
	p.line(".TP\n\\fB" + asShown(word) + "\\fR")
	p.paragraph(is)
}

func (p *manPage) flag(f *pflag.Flag) {
	if f.Hidden {
		return
	}
	name := flagOf(f)
	if f.NoOptDefVal == "" {
		name += " " + strings.ToUpper(p.say("cli.man.value"))
	}
	p.item(name, f.Usage)
}

// synopsis is a line for each command that does something.
func (p *manPage) synopsis(cmd *cobra.Command) {
	if cmd.Hidden {
		return
	}
	if cmd.Runnable() {
		if cmd.HasParent() {
			p.line(".br")
		}
		with := strings.TrimPrefix(cmd.UseLine(), cmd.CommandPath())
		p.line("\\fB" + asShown(cmd.CommandPath()) + "\\fR" + asTyped.Replace(with))
	}
	for _, sub := range cmd.Commands() {
		p.synopsis(sub)
	}
}

// commands tells of those below one, each with its flags.
func (p *manPage) commands(of *cobra.Command) {
	for _, cmd := range of.Commands() {
		if cmd.Hidden {
			continue
		}
		p.line(".SS " + asShown(cmd.CommandPath()))
		if cmd.Long != "" {
			p.paragraph(cmd.Long)
		} else {
			p.paragraph(cmd.Short)
		}
		inherited := cmd.InheritedFlags()
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			if inherited.Lookup(f.Name) == nil {
				p.flag(f)
			}
		})
		p.commands(cmd)
	}
}

// examples are those of all commands, as they are typed.
func (p *manPage) examples(cmd *cobra.Command) {
	if cmd.Hidden {
		return
	}
	if cmd.Example != "" {
		if cmd.HasParent() {
			p.line(".PP")
		}
		p.line(".nf")
		for line := range strings.Lines(cmd.Example) {
			p.line(asShown(strings.TrimSpace(line)))
		}
		p.line(".fi")
	}
	for _, sub := range cmd.Commands() {
		p.examples(sub)
	}
}

// asTyped keeps what can be copied from a page: roff has typographic ideas about these.
var asTyped = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`, "`", `\(ga`, "^", `\(ha`, "~", `\(ti`, `"`, `\(dq`)

// asShown is a text that roff shows as it is. No line of it is a request.
func asShown(s string) string {
	s = asTyped.Replace(strings.TrimSpace(s))
	if strings.HasPrefix(s, ".") {
		s = `\&` + s
	}
	return s
}
