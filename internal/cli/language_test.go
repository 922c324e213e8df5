package cli

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"wsdoctor/internal/layer"
	"wsdoctor/internal/words"
)

func TestTheLanguageOfARun(t *testing.T) {
	japanese := func() []string { return []string{"fr-FR", "ja-JP", "en-US"} }
	for _, test := range []struct {
		name string
		args []string
		set  map[string]string
		user func() []string
		page *codePage
		want string
	}{
		{"nothing", nil, nil, nil, nil, "en"},
		{"LANG", nil, map[string]string{"LANG": "ja_JP.UTF-8"}, nil, nil, "ja"},
		{"LC_ALL goes first", nil, map[string]string{"LC_ALL": "en_GB.UTF-8", "LANG": "ja_JP.UTF-8"}, nil, nil, "en"},
		{"LC_MESSAGES goes before LANG", nil, map[string]string{"LC_MESSAGES": "ja_JP.UTF-8", "LANG": "de_DE.UTF-8"}, nil, nil, "ja"},
		{"a language nobody speaks here", nil, map[string]string{"LANG": "de_DE.UTF-8"}, japanese, nil, "en"},
		{"letters that cannot be shown", nil, map[string]string{"LANG": "ja_JP.eucJP"}, nil, nil, "en"},
		{"C", nil, map[string]string{"LC_ALL": "C", "LANG": "ja_JP.UTF-8"}, nil, nil, "en"},
		{"the flag wins", []string{"check", "--lang", "ja"}, map[string]string{"LC_ALL": "C"}, nil, nil, "ja"},
		{"the last flag wins", []string{"--lang=ja", "check", "--lang=EN"}, map[string]string{"LANG": "ja_JP.UTF-8"}, nil, nil, "en"},
		{"what follows -- is no flag", []string{"explain", "--", "--lang=ja"}, nil, nil, nil, "en"},
		{"the user's of the system", nil, nil, japanese, nil, "ja"},
		{"on a Japanese console", nil, nil, japanese, &codePage{Number: 932}, "ja"},
		{"on a console without its letters", nil, nil, japanese, &codePage{Number: 437}, "en"},
	} {
		env := Env{Getenv: func(name string) string { return test.set[name] }, UserLanguages: test.user, CodePage: test.page}
		c, err := spoken(test.args, env)
		if err != nil || c.Name() != test.want {
			t.Errorf("%s: %s, %v, want %s", test.name, c.Name(), err, test.want)
		}
	}
	_, err := spoken([]string{"--lang", "xx"}, Env{Getenv: func(string) string { return "" }})
	if err == nil || !strings.Contains(err.Error(), `"xx"`) {
		t.Errorf("%v", err)
	}
}

// Every exit code that a run can end with stands in the help, in every language.
func TestTheHelpNamesEveryExitCode(t *testing.T) {
	for _, name := range words.Languages() {
		c, _ := words.In(name)
		var out bytes.Buffer
		env := Env{Stdin: strings.NewReader(""), Stdout: &out, Stderr: io.Discard, Getenv: func(string) string { return "" }, Words: c}
		if code := Execute(t.Context(), env, []string{"help", "exit-codes"}); code != 0 {
			t.Fatalf("exit code %d", code)
		}
		for _, l := range layer.All {
			if !strings.Contains(out.String(), fmt.Sprintf("%4d  %s (%s)", l.Exit, c.Tell(words.Title(l.ID)), l.ID)) {
				t.Errorf("%s: %s is not there:\n%s", name, l.ID, out.String())
			}
		}
		for _, code := range plainExits {
			if !strings.Contains(out.String(), fmt.Sprintf("\n  %3d  ", code)) {
				t.Errorf("%s: %d is not there", name, code)
			}
		}
		if strings.Contains(out.String(), "[") {
			t.Errorf("%s: something is missing:\n%s", name, out.String())
		}
	}
}
