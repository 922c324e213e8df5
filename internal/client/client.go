// Package client reads what the installed WorkSpaces client left on this
// machine: the registration codes its user entered, and which of them is in
// use. It opens the client's list of registrations and its settings, nothing
// else (no login, no cookie, no log), and only reads.
//
// Registrations gives what was found, Default picks the one to work with. The
// codes are secrets: an Entry prints without its code. The package imports no
// net.
package client

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"wsdoctor/internal/words"
)

// Entry is one registration of the client's list.
type Entry struct {
	RegistrationCode string `json:"-"` // secret
	RegionKey        string // the client's own name of the Region: the prefix of its codes ("SLiad"), seen on macOS and not documented
	OrgName          string `json:"-"` // the organisation; no report needs it
	Current          bool   // the one the client uses now
	Path             string // the file it was read from
}

// String leaves out the code and the organisation.
func (e Entry) String() string {
	return fmt.Sprintf("registration (region key %q, current %v) from %s", e.RegionKey, e.Current, e.Path)
}

// GoString is String, so that no print statement tells the code by accident.
func (e Entry) GoString() string { return e.String() }

// place is where the client keeps its state on one system.
type place struct {
	variable string // environment variable that holds the base folder; empty: the home folder
	folder   []string
	guess    bool // no public document names it
}

// places per GOOS. Windows and Linux: vendor's user guide and troubleshooting
// page. macOS: the guide names only the folder of the logs; that the list lies
// beside them, as on the other two, is a guess.
var places = map[string]place{
	"windows": {variable: "LOCALAPPDATA", folder: []string{"Amazon Web Services", "Amazon WorkSpaces"}},
	"linux":   {folder: []string{".local", "share", "Amazon Web Services", "Amazon WorkSpaces"}},
	"darwin": {
		folder: []string{"Library", "Application Support", "Amazon Web Services", "Amazon WorkSpaces"},
		guess:  true,
	},
}

// listNames are the spellings of the list's name; the second is the one on the
// vendor's page for Linux.
var listNames = []string{"RegistrationList.json", "RegisterationList.json"}

// settingsName holds which registration is the current one.
const settingsName = "UserSettings.json"

// Registrations reads the client's registrations: home is the user's home
// folder, env looks a variable of the environment up, goos is the system as in
// runtime.GOOS. No client on this machine is no gap; a file that is there and
// cannot be read or understood is one, and names the file with the home folder
// shortened. Codes are given as they stand in the file, not checked.
func Registrations(home string, env func(string) string, goos string) ([]Entry, []words.Text) {
	where, ok := places[goos]
	if !ok {
		return nil, []words.Text{words.Say("client.gap.system", words.Args{"system": goos})}
	}
	base, shown, slash := home, "~", "/"
	if where.variable != "" {
		base, shown, slash = env(where.variable), "%"+where.variable+"%", `\`
	}
	if !filepath.IsAbs(base) && !windowsAbs(base) {
		return nil, []words.Text{words.Say("client.gap.folder", words.Args{"folder": shown})}
	}
	r := reader{
		folder: filepath.Join(append([]string{base}, where.folder...)...),
		shown:  shown + slash + strings.Join(where.folder, slash),
		slash:  slash,
	}
	for _, name := range listNames {
		r.list(name)
	}
	r.settings()
	if where.guess {
		r.gaps = append(r.gaps, guessed(r.shown, len(r.entries) > 0))
	}
	return r.entries, r.gaps
}

func guessed(folder string, found bool) words.Text {
	if found {
		return words.Say("client.gap.guess-found", words.Args{"folder": folder})
	}
	return words.Say("client.gap.guess-none", words.Args{"folder": folder})
}

// windowsAbs says whether a path is absolute in the way of Windows, so that the
// answer does not depend on the system the program was built for.
func windowsAbs(path string) bool {
	return len(path) > 3 && path[1] == ':' && (path[2] == '\\' || path[2] == '/')
}

// reader gathers entries and gaps of one folder.
type reader struct {
	folder  string
	shown   string // the folder as gaps name it, without the user's name
	slash   string // what stands between folders there
	entries []Entry
	gaps    []words.Text
}

func (r *reader) gap(name string, err error) {
	r.gaps = append(
		r.gaps,
		words.Say("client.gap.file", words.Args{"file": r.shown + r.slash + name, "why": words.Reason(err)}),
	)
}

// list reads one list of registrations.
func (r *reader) list(name string) {
	path := filepath.Join(r.folder, name)
	b, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		var found []Entry
		found, err = parseList(b)
		for _, e := range found {
			e.Path = path
			r.add(e)
		}
	}
	if err != nil {
		r.gap(name, err)
	}
}

// settings marks the current registration, and adds it if no list holds it.
func (r *reader) settings() {
	path := filepath.Join(r.folder, settingsName)
	b, err := read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	var current Entry
	if err == nil {
		current, err = parseSettings(b)
	}
	if err != nil {
		r.gap(settingsName, err)
		return
	}
	if current.RegistrationCode == "" {
		return // the client remembers none
	}
	current.Current, current.Path = true, path
	r.add(current)
}

// add keeps an entry, or what it adds to one with the same code.
func (r *reader) add(e Entry) {
	for i := range r.entries {
		old := &r.entries[i]
		if !strings.EqualFold(old.RegistrationCode, e.RegistrationCode) {
			continue
		}
		old.Current = old.Current || e.Current
		if old.RegionKey == "" {
			old.RegionKey = e.RegionKey
		}
		return
	}
	r.entries = append(r.entries, e)
}
