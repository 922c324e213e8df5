package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"wsdoctor/internal/catalog"
	"wsdoctor/internal/client"
	"wsdoctor/internal/service"
	"wsdoctor/internal/userfile"
	"wsdoctor/internal/words"
)

// installation is what `watch install` is asked beside the flags of the watch.
type installation struct {
	watchFlags
	kind           string
	print, replace bool
}

// ownFlags are those of install itself, which are not the watch's.
var ownFlags = []string{"kind", "print", "replace"}

// watchInstallCommand has the system start a watch by itself.
func watchInstallCommand(env Env) *cobra.Command {
	var i installation
	cmd := &cobra.Command{
		Use:   "install",
		Short: "cli.help.watch-install.short",
		Long:  "cli.help.watch-install.long",
		Example: "  wsdoctor watch install --region tokyo --every 15m\n" +
			"  wsdoctor watch install --region tokyo --kind launchd --print",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			i.spreads = cmd.Flags().Changed("spread")
			return i.install(cmd, env)
		},
	}
	i.watchFlags.register(cmd, env)
	kindFlag(cmd, &i.kind)
	cmd.Flags().BoolVar(&i.print, "print", false, "cli.flag.print-unit")
	cmd.Flags().BoolVar(&i.replace, "replace", false, "cli.flag.replace")
	return cmd
}

// watchUninstallCommand takes back what install did.
func watchUninstallCommand(env Env) *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use:   "uninstall",
		Short: "cli.help.watch-uninstall.short",
		Args:  noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			kind, err := kindOf(name)
			if err != nil {
				return err
			}
			if err := here(kind, "uninstall"); err != nil {
				return err
			}
			was, err := kind.Remove(cmd.Context(), service.This, servicePlaces(env))
			if err != nil {
				return words.Fail(words.Say("cli.bad.uninstall", words.Args{"why": reason(err)})).Because(err)
			}
			says := words.Say("service.nothing")
			if was {
				says = words.Say("service.removed")
			}
			_, err = fmt.Fprintln(env.Stdout, env.words().Tell(says))
			return err
		},
	}
	kindFlag(cmd, &name)
	return cmd
}

func kindFlag(cmd *cobra.Command, name *string) {
	cmd.Flags().StringVar(name, "kind", "", "cli.flag.kind")
}

// kindOf is the kind of a name; an empty one is the usual of this system.
func kindOf(name string) (service.Kind, error) {
	kind, known := service.Find(name, runtime.GOOS)
	if known {
		return kind, nil
	}
	var options []string
	for _, n := range service.Names() {
		options = append(options, "--kind "+n)
	}
	if name == "" {
		return kind, badInput(listed(options), words.Say("cli.bad.no-kind", words.Args{"system": runtime.GOOS}))
	}
	return kind, badInput(listed(options), words.Say("cli.bad.kind", words.Args{"kind": strconv.Quote(name)}))
}

// here refuses what another system has.
func here(kind service.Kind, doing string) error {
	if kind.System == runtime.GOOS {
		return nil
	}
	hint := words.Raw("wsdoctor watch " + doing)
	if doing == "install" {
		hint = words.Raw("wsdoctor watch install --kind " + kind.Name + " --print")
	}
	about := words.Args{"kind": kind.Name, "its": kind.System, "this": runtime.GOOS}
	return badInput(hint, words.Say("cli.bad.kind-elsewhere", about))
}

// servicePlaces are this user's folders.
func servicePlaces(env Env) service.Places {
	home, _ := os.UserHomeDir()
	return service.Places{
		Home:   home,
		Config: cmp.Or(env.Getenv("XDG_CONFIG_HOME"), filepath.Join(home, ".config")),
		Local:  cmp.Or(env.Getenv("LOCALAPPDATA"), filepath.Join(home, "AppData", "Local")),
		User:   strconv.Itoa(os.Getuid()),
	}
}

// install checks everything as the watch itself would, so that no unit is laid down that
// fails by itself later on. It sends nothing.
func (i *installation) install(cmd *cobra.Command, env Env) error {
	kind, err := kindOf(i.kind)
	if err != nil {
		return err
	}
	if err := i.fits(cmd); err != nil {
		return err
	}
	if err := i.aboutSomeRegion(cmd, env); err != nil {
		return err
	}
	at := servicePlaces(env)
	job, err := jobOf(cmd, env, kind, at)
	if err != nil {
		return err
	}
	text, err := kind.Text(job)
	if err != nil {
		return badInput(words.Say("cli.hint.flags", words.Args{"command": cmd.CommandPath()}), words.Reason(err))
	}
	if i.print {
		_, err := env.Stdout.Write(text)
		return err
	}
	if err := here(kind, "install"); err != nil {
		return err
	}
	if err := i.opens(cmd.Context(), env); err != nil {
		return err
	}
	same, err := kind.Install(cmd.Context(), service.This, at, job, i.replace)
	switch {
	case errors.Is(err, service.ErrOther):
		return badInput(
			words.Raw("wsdoctor watch install --replace, wsdoctor watch install --print"),
			words.Say("cli.bad.installed", words.Args{"what": argument(whereInstalled(kind, at))}),
		)
	case err != nil:
		return words.Fail(words.Say("cli.bad.install", words.Args{"why": reason(err)})).Because(err)
	}
	does := words.Say("service.installed." + kind.Name)
	if same {
		does = words.Say("service.same")
	}
	done := words.Say("service.done", words.Args{"what": whereInstalled(kind, at)})
	_, err = fmt.Fprintf(env.Stdout, "%s\n%s\n", env.words().Tell(done), wrapped(env.words().Tell(does), explainWidth))
	return err
}

// whereInstalled is the file that holds it, or what the system calls it.
func whereInstalled(kind service.Kind, at service.Places) string {
	if kind.File == nil {
		return service.Name
	}
	return kind.File(at)
}

// fits looks at the flags as the watch does, and refuses what belongs into no unit.
func (i *installation) fits(cmd *cobra.Command) error {
	if cmd.Flags().Changed("registration") {
		return badInput(words.Say("cli.hint.install-registration"), words.Say("cli.bad.install-registration"))
	}
	if i.planOnly {
		return badInput(words.Raw("wsdoctor watch --plan"), words.Say("cli.bad.install-plan"))
	}
	if err := i.checkWatch(); err != nil {
		return err
	}
	if _, err := i.check(); err != nil {
		return err
	}
	_, err := i.cidrs(cmd.Context())
	return err
}

// aboutSomeRegion: a Region can be found, or need not be before it runs elsewhere.
func (i *installation) aboutSomeRegion(cmd *cobra.Command, env Env) error {
	c, err := catalog.Load()
	if err != nil {
		return err
	}
	switch {
	case i.region != "":
		if _, err := c.Find(i.region); err != nil {
			return regionError(err)
		}
	case i.registration != "": // from the policy
		if _, err := c.ParseRegistration(i.registration); err != nil {
			return registrationError(err)
		}
	case !i.print || cmd.Flags().Changed("region"):
		home, err := os.UserHomeDir()
		if err != nil {
			return badInput(ways(), words.Say("cli.bad.no-home"))
		}
		entries, _ := client.Registrations(home, env.Getenv, runtime.GOOS)
		if _, err := client.Default(c, entries); err != nil {
			return badInput(ways(), words.Say("cli.bad.no-region", words.Args{"why": words.Reason(err)}))
		}
	}
	return nil
}

// opens opens whatever the watch writes to, and leaves it as it was.
func (i *installation) opens(ctx context.Context, env Env) error {
	w, err := newWatcher(ctx, env, i.watchFlags)
	if err != nil {
		return err
	}
	file, _ := w.out.(*userfile.Writer)
	for _, f := range []*userfile.Writer{file, w.side.metrics} {
		if f != nil {
			err = errors.Join(err, f.Discard())
		}
	}
	return err
}

// jobOf is the watch with the flags that the user gave: what a policy laid down is read
// when it runs.
func jobOf(cmd *cobra.Command, env Env, kind service.Kind, at service.Places) (service.Job, error) {
	program, err := os.Executable()
	if err != nil {
		return service.Job{}, err
	}
	job := service.Job{Program: program, Args: []string{"watch"}}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if slices.Contains(ownFlags, f.Name) {
			return
		}
		for _, value := range valuesOf(f) {
			if key, laid, _ := strings.Cut(value, "="); f.Name == "label" && env.Policy.Labels[key] == laid {
				continue // it comes from there again
			}
			value, failed := fromAnywhere(f.Name, value)
			err = errors.Join(err, failed)
			job.Args = append(job.Args, "--"+f.Name+"="+value)
		}
	})
	for _, extra := range kind.Extra(at) {
		if !slices.ContainsFunc(extra.Unless, cmd.Flags().Changed) {
			job.Args = append(job.Args, extra.Arg)
		}
	}
	if kind.Output != nil {
		job.Output = kind.Output(at)
	}
	return job, err
}

// valuesOf are a flag's values, as each is given by itself.
func valuesOf(f *pflag.Flag) []string {
	list, several := f.Value.(pflag.SliceValue)
	switch {
	case !several:
		return []string{f.Value.String()}
	case f.Value.Type() == "stringSlice":
		return []string{strings.Join(list.GetSlice(), ",")}
	}
	return list.GetSlice()
}

// fromAnywhere makes a file's name one that is the same from every folder.
func fromAnywhere(flag, value string) (string, error) {
	name, mark := value, ""
	if flag == "allowed-cidr" {
		if name, mark = strings.TrimPrefix(value, "@"), "@"; name == value {
			return value, nil // a rule
		}
	}
	if !slices.Contains(takesFile, flag) || value == "" || value == keepNothing || value == noPolicy {
		return value, nil
	}
	whole, err := filepath.Abs(name)
	return mark + whole, err
}
