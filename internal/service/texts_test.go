package service

import (
	"bytes"
	"encoding/xml"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"
)

// awkward are arguments that each of the forms has to write in its own way.
var awkward = []string{
	"watch", "--region=ap-northeast-1", "--label=site=Osaka Nord", `--label=quote="x"`, `--keep=C:\a b\`,
	"--label=money=$HOME", "--label=amp=<&>", "--label=ja=大阪 支社", `--label=back=\"`, "--label=semi=;",
	"--label=single='", "--label=hash=#", "--label=none=",
}

// elsewhere holds what Windows would fill in, which its forms refuse.
const elsewhere = "--label=percent=100%"

func job(program string, args ...string) Job { return Job{Program: program, Args: args} }

// As systemd.service(5) has it: quoted in the manner of C, each percent and dollar twice.
func TestAUnitQuotesItsCommand(t *testing.T) {
	for given, want := range map[string]string{
		"--every=5m": "--every=5m", "a b": `"a b"`, `a"b`: `"a\"b"`, `a\b`: `"a\\b"`, "$HOME": "$$HOME",
		"50%": "50%%", "${A} %h": `"$${A} %%h"`, "": `""`, "a;": `"a;"`, "#": `"#"`, "'": `"'"`,
	} {
		if got := unitArg(given); got != want {
			t.Errorf("%q: %s, want %s", given, got, want)
		}
	}
	if got := unitPath("/opt/100% $x/wsdoctor"); got != `"/opt/100%% $x/wsdoctor"` {
		t.Error(got)
	}
}

// strings of an element with that name, in order.
func texts(t *testing.T, b []byte, name string) (list []string) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(b))
	in := false
	for {
		token, err := d.Token()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, b)
		}
		switch e := token.(type) {
		case xml.StartElement:
			if in = e.Name.Local == name; in {
				list = append(list, "")
			}
		case xml.CharData:
			if in {
				list[len(list)-1] += string(e)
			}
		case xml.EndElement:
			in = false
		}
	}
}

func TestAnAgentHoldsTheCommand(t *testing.T) {
	args := append(slices.Clone(awkward), elsewhere)
	text, err := launchd.Text(Job{Program: "/Applications/A & B/wsdoctor", Args: args, Output: "/Users/x/Library/Logs/x.log"})
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Concat([]string{label, "/Applications/A & B/wsdoctor"}, args,
		[]string{"/Users/x/Library/Logs/x.log", "/Users/x/Library/Logs/x.log"})
	if got := texts(t, text, "string"); !slices.Equal(got, want) {
		t.Errorf("%q\n%s", got, text)
	}
	keys := []string{"Label", "ProgramArguments", "RunAtLoad", "KeepAlive", "Crashed", "StandardOutPath", "StandardErrorPath"}
	if got := texts(t, text, "key"); !slices.Equal(got, keys) {
		t.Errorf("%q", got)
	}
}

// Microsoft, "Parsing C command-line arguments", and what follows from it.
func TestWindowsArgumentsAreReadBack(t *testing.T) {
	for given, want := range map[string]string{
		"a": "a", "a b": `"a b"`, "": `""`, `a"b`: `"a\"b"`, `a\b`: `a\b`, `a b\`: `"a b\\"`,
		`a\"b`: `"a\\\"b"`, `a\\"b c\\`: `"a\\\\\"b c\\\\"`,
	} {
		if got := windowsArg(given); got != want {
			t.Errorf("%q: %s, want %s", given, got, want)
		}
		if back := parsed(windowsArg(given) + " x"); !slices.Equal(back, []string{given, "x"}) {
			t.Errorf("%q is read as %q", given, back)
		}
	}
}

// parsed reads a command line by the rules that Microsoft gives.
func parsed(line string) (args []string) {
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		var arg []byte
		quoted := false
		for line != "" && (quoted || line[0] != ' ') {
			rest := strings.TrimLeft(line, `\`)
			slashes := len(line) - len(rest)
			switch {
			case slashes > 0 && strings.HasPrefix(rest, `"`):
				arg = append(arg, strings.Repeat(`\`, slashes/2)...)
				if line = rest; slashes%2 == 1 {
					arg, line = append(arg, '"'), rest[1:]
				}
			case slashes > 0:
				arg, line = append(arg, line[:slashes]...), rest
			case line[0] == '"':
				quoted, line = !quoted, line[1:]
			default:
				arg, line = append(arg, line[0]), line[1:]
			}
		}
		args = append(args, string(arg))
	}
	return args
}

func TestATaskHoldsTheCommand(t *testing.T) {
	text, err := task.Text(job(`C:\Program Files\A & B\wsdoctor.exe`, awkward...))
	if err != nil {
		t.Fatal(err)
	}
	if got := texts(t, text, "Command"); !slices.Equal(got, []string{`C:\Program Files\A & B\wsdoctor.exe`}) {
		t.Errorf("%q", got)
	}
	if got := parsed(texts(t, text, "Arguments")[0]); !slices.Equal(got, awkward) {
		t.Errorf("%q\n%s", got, text)
	}
	file := inUTF16(text)
	var units []uint16
	for i := 0; i+1 < len(file); i += 2 {
		units = append(units, uint16(file[i])|uint16(file[i+1])<<8)
	}
	if got := string(utf16.Decode(units)); got != "\ufeff"+strings.ReplaceAll(string(text), "\n", "\r\n") {
		t.Errorf("%q", got)
	}
}

func TestAServiceQuotesItsProgram(t *testing.T) {
	path, err := servicePath(job(`C:\Program Files\wsdoctor.exe`, awkward...))
	if err != nil || !slices.Equal(parsed(path)[1:], awkward) || !strings.HasPrefix(path, `"C:\Program Files\wsdoctor.exe" `) {
		t.Errorf("%s, %v", path, err)
	}
	text, err := windowsService.Text(job(`C:\wsdoctor.exe`, "watch", "--label=a=b c"))
	want := `sc.exe create wsdoctor-watch start= delayed-auto obj= "NT AUTHORITY\LocalService" ` +
		`binPath= "\"C:\wsdoctor.exe\" watch \"--label=a=b c\""` + "\n"
	if err != nil || string(text) != want {
		t.Errorf("%s, %v", text, err)
	}
}

func TestWhatAFormCannotHoldIsRefused(t *testing.T) {
	for _, k := range Kinds {
		for _, bad := range []string{"a\nb", "a\x00", "a\x1b[31m", strings.Repeat("a", 5000)} {
			if text, err := k.Text(job("/x", bad)); err == nil {
				t.Errorf("%s: %q", k.Name, text)
			}
			if text, err := k.Text(job("/x"+bad, "a")); err == nil {
				t.Errorf("%s: %q", k.Name, text)
			}
		}
		if _, err := k.Text(job("/x", elsewhere)); (err != nil) != (k.System == "windows") {
			t.Errorf("%s: %v", k.Name, err)
		}
	}
}
