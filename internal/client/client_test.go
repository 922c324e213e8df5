package client

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"wsdoctor/internal/words"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// machine lays the client's files out below a fresh home folder and gives home
// and environment.
func machine(t *testing.T, goos string, files map[string]string) (home string, env func(string) string) {
	t.Helper()
	home = t.TempDir()
	base := map[string]string{
		"windows": home + "/AppData/Local/Amazon Web Services/Amazon WorkSpaces",
		"linux":   home + "/.local/share/Amazon Web Services/Amazon WorkSpaces",
		"darwin":  home + "/Library/Application Support/Amazon Web Services/Amazon WorkSpaces",
	}[goos]
	for name, text := range files {
		if err := os.MkdirAll(base, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(base, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return home, func(name string) string {
		if goos == "windows" && name == "LOCALAPPDATA" {
			return filepath.Join(home, "AppData", "Local")
		}
		return ""
	}
}

const twoEntries = `[{"RegistrationCode":"SLiad+ABC123","RegionKey":"us-east-1","OrgName":"Org"},{"RegistrationCode":"wsnrt+XYZ789","RegionKey":"nrt","OrgName":"Other"}]`

func TestRegistrationsAreReadOnEverySystem(t *testing.T) {
	both := []Entry{
		{RegistrationCode: "SLiad+ABC123", RegionKey: "us-east-1", OrgName: "Org"},
		{RegistrationCode: "wsnrt+XYZ789", RegionKey: "nrt", OrgName: "Other", Current: true},
	}
	first := []Entry{{RegistrationCode: "SLiad+ABC123", RegionKey: "us-east-1"}}
	tests := []struct {
		name, goos string
		files      map[string]string
		want       []Entry
	}{
		{"windows", "windows", map[string]string{"RegistrationList.json": twoEntries, "UserSettings.json": `{"CurrentRegistration":"WSNRT+XYZ789"}`}, both},
		{"linux, the page's spelling", "linux", map[string]string{"RegisterationList.json": twoEntries, "UserSettings.json": `{"CurrentRegistration":{"RegistrationCode":"wsnrt+XYZ789"}}`}, both},
		{"macOS", "darwin", map[string]string{"RegistrationList.json": twoEntries, "UserSettings.json": `{"currentregistration":"wsnrt+XYZ789"}`}, both},
		{"both spellings hold the same", "linux", map[string]string{"RegistrationList.json": twoEntries, "RegisterationList.json": twoEntries, "UserSettings.json": `{"CurrentRegistration":"wsnrt+XYZ789"}`}, both},
		{"byte order mark", "linux", map[string]string{"RegistrationList.json": "\ufeff" + twoEntries, "UserSettings.json": "\ufeff" + `{"CurrentRegistration":"wsnrt+XYZ789"}`}, both},
		{"an object that holds the array", "linux", map[string]string{"RegistrationList.json": `{"version":1,"other":[1],"list":[{"registrationcode":"SLiad+ABC123","REGIONKEY":"us-east-1"}]}`}, first},
		{"one registration by itself", "linux", map[string]string{"RegistrationList.json": `{"RegistrationCode":"SLiad+ABC123","RegionKey":"us-east-1"}`}, first},
		{"fields of other types", "linux", map[string]string{"RegistrationList.json": `[{"RegistrationCode":"SLiad+ABC123","RegionKey":"us-east-1","OrgName":7},null,{"RegistrationCode":[]}]`}, first},
		{"only the settings", "linux", map[string]string{"UserSettings.json": `{"CurrentRegistration":"SLiad+ABC123"}`}, []Entry{{RegistrationCode: "SLiad+ABC123", Current: true}}},
		{"settings without a registration", "linux", map[string]string{"UserSettings.json": `{"CurrentRegistration":null,"Theme":"dark"}`}, nil},
		{"an empty list", "linux", map[string]string{"RegistrationList.json": `[]`}, nil},
		{"an object with an empty list", "linux", map[string]string{"RegistrationList.json": `{"Registrations":[]}`}, nil},
		{"terminal escapes", "linux", map[string]string{"RegistrationList.json": `[{"RegistrationCode":"SLiad+ABC123","RegionKey":"us-\u001b[31meast-1"}]`}, []Entry{{RegistrationCode: "SLiad+ABC123", RegionKey: "us-[31meast-1"}}},
		{"no client", "linux", nil, nil},
		{"no client", "windows", nil, nil},
	}
	for _, c := range tests {
		t.Run(c.goos+" "+c.name, func(t *testing.T) {
			home, env := machine(t, c.goos, c.files)
			got, gaps := registrations(home, env, c.goos)
			if diff := cmp.Diff(c.want, got, cmpopts.IgnoreFields(Entry{}, "Path")); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
			for _, e := range got {
				if !strings.HasPrefix(e.Path, home) || !strings.HasSuffix(e.Path, ".json") {
					t.Errorf("path %q", e.Path)
				}
			}
			if c.goos != "darwin" && len(gaps) != 0 {
				t.Errorf("gaps: %q", gaps)
			}
		})
	}
}

func TestAnUnusableFileIsAGapThatNamesIt(t *testing.T) {
	const list, settings = "RegistrationList.json", "UserSettings.json"
	for _, c := range []struct{ name, file, text, want string }{
		{"no JSON", list, `[{"RegistrationCode":"SLiad+SECRET"`, errNoJSON.Error()},
		{"empty", list, "", errNoJSON.Error()},
		{"something behind the value", list, `[] []`, errNoJSON.Error()},
		{"invalid encoding", list, "\xff\xfe[\x00]\x00", errNoJSON.Error()},
		{"deep nesting", list, strings.Repeat("[", 60<<10), errNoJSON.Error()},
		{"too large", list, `["` + strings.Repeat("x", maxFile) + `"]`, errTooLarge.Error()},
		{"a number", list, `7`, errNoList.Error()},
		{"an object without a list", list, `{"a":1}`, errNoList.Error()},
		{"a list of other things", list, `[1,"SLiad+SECRET",{"Code":"SLiad+SECRET"}]`, errNoList.Error()},
		{"a code longer than any", list, `[{"RegistrationCode":"` + strings.Repeat("S", 300) + `"}]`, errNoList.Error()},
		{"settings that are a list", settings, `["SLiad+SECRET"]`, errNoSettings.Error()},
		{"settings that are no JSON", settings, `SLiad+SECRET`, errNoJSON.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			home, env := machine(t, "linux", map[string]string{c.file: c.text})
			got, gaps := registrations(home, env, "linux")
			if len(got) != 0 || len(gaps) != 1 {
				t.Fatalf("got %v, gaps %q", got, gaps)
			}
			if want := "~/.local/share/Amazon Web Services/Amazon WorkSpaces/" + c.file; !strings.Contains(gaps[0], want) || !strings.Contains(gaps[0], c.want) {
				t.Errorf("gap %q, want it to name %s and say %q", gaps[0], want, c.want)
			}
			if strings.Contains(gaps[0], "SECRET") || strings.Contains(gaps[0], home) {
				t.Errorf("gap tells too much: %q", gaps[0])
			}
		})
	}
}

func TestOneBadFileDoesNotHideTheOthers(t *testing.T) {
	home, env := machine(t, "windows", map[string]string{"RegistrationList.json": twoEntries, "UserSettings.json": "{"})
	got, gaps := registrations(home, env, "windows")
	if len(got) != 2 || len(gaps) != 1 || !strings.Contains(gaps[0], `%LOCALAPPDATA%\Amazon Web Services\Amazon WorkSpaces\UserSettings.json`) {
		t.Errorf("got %v, gaps %q", got, gaps)
	}
}

func TestAnEndlessListIsCut(t *testing.T) {
	var b strings.Builder
	for i := range 200 {
		fmt.Fprintf(&b, `,{"RegistrationCode":"SLiad+A%05d"}`, i)
	}
	home, env := machine(t, "linux", map[string]string{"RegistrationList.json": "[" + b.String()[1:] + "]"})
	got, gaps := registrations(home, env, "linux")
	if len(got) != maxEntries || len(gaps) != 1 || !strings.Contains(gaps[0], errTooMany.Error()) {
		t.Errorf("got %d entries, gaps %q", len(got), gaps)
	}
}

func TestAFolderInPlaceOfTheFileIsAGap(t *testing.T) {
	home, env := machine(t, "linux", map[string]string{"other": ""})
	if err := os.Mkdir(filepath.Join(home, ".local/share/Amazon Web Services/Amazon WorkSpaces/RegistrationList.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got, gaps := registrations(home, env, "linux"); len(got) != 0 || len(gaps) != 1 || !strings.Contains(gaps[0], errNotRegular.Error()) {
		t.Errorf("got %v, gaps %q", got, gaps)
	}
}

func TestWhatCannotBeLookedForIsAGap(t *testing.T) {
	none := func(string) string { return "" }
	for _, c := range []struct{ goos, home, want string }{
		{"windows", "/home/x", "%LOCALAPPDATA% is not known"},
		{"linux", "", "~ is not known"},
		{"linux", "relative", "~ is not known"},
		{"plan9", "/home/x", "plan9"},
	} {
		if got, gaps := registrations(c.home, none, c.goos); len(got) != 0 || len(gaps) != 1 || !strings.Contains(gaps[0], c.want) {
			t.Errorf("%s: got %v, gaps %q, want %q", c.goos, got, gaps, c.want)
		}
	}
}

func TestOnMacOSThePlaceIsOwnedUpToBeAGuess(t *testing.T) {
	for _, files := range []map[string]string{nil, {"RegistrationList.json": twoEntries}} {
		home, env := machine(t, "darwin", files)
		got, gaps := registrations(home, env, "darwin")
		if (len(got) > 0) != (files != nil) || len(gaps) != 1 || !strings.Contains(gaps[0], "a guess") {
			t.Errorf("got %v, gaps %q", got, gaps)
		}
	}
}

func TestAnEntryPrintsNeitherCodeNorOrganisation(t *testing.T) {
	e := Entry{RegistrationCode: "SLiad+SECRET", OrgName: "Hush Ltd", RegionKey: "iad"}
	for _, s := range []string{fmt.Sprintf("%v|%+v|%#v|%s", e, e, e, e), fmt.Sprintf("%v|%#v", []Entry{e}, []Entry{e})} {
		if strings.Contains(s, "SECRET") || strings.Contains(s, "Hush") || !strings.Contains(s, "iad") {
			t.Errorf("printed %s", s)
		}
	}
}

func FuzzParseList(f *testing.F) {
	for _, s := range []string{"", "[]", "{}", "null", twoEntries, "\ufeff" + twoEntries, `{"x":[],"y":` + twoEntries + `}`, `{"RegistrationCode":"a"}`, `[[[]]]`, `[{"registrationCode":"\u0000"}]`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := parseList(b)
		if len(list) > maxEntries || (err != nil && err != errTooMany && list != nil) {
			t.Errorf("%d entries with %v", len(list), err)
		}
		for _, e := range list {
			if e.RegistrationCode == "" || len([]rune(e.RegistrationCode)) > maxText || strings.ContainsAny(e.RegistrationCode+e.RegionKey+e.OrgName, "\x00\x1b\n\r") {
				t.Errorf("entry %q %q %q", e.RegistrationCode, e.RegionKey, e.OrgName)
			}
		}
	})
}

func FuzzParseSettings(f *testing.F) {
	for _, s := range []string{"", "{}", `{"CurrentRegistration":"SLiad+ABC123"}`, `{"currentREGISTRATION":{"registrationcode":"x"}}`, `{"CurrentRegistration":[[]]}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		e, err := parseSettings(b)
		if err != nil && e != (Entry{}) {
			t.Errorf("an entry with %v", err)
		}
		if len([]rune(e.RegistrationCode)) > maxText || strings.ContainsAny(e.RegistrationCode, "\x00\x1b\n\r") {
			t.Errorf("code %q", e.RegistrationCode)
		}
	})
}

// registrations are Registrations with gaps in English.
func registrations(home string, env func(string) string, goos string) ([]Entry, []string) {
	entries, gaps := Registrations(home, env, goos)
	return entries, words.English().All(gaps)
}
