//go:build browser

// What a real browser makes of a page: `.ci/pages` installs it, and runs these tests in a
// network in which there is nothing.
package html_test

import (
	"context"
	"encoding/json"
	"fmt"
	html5 "html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"wsdoctor/internal/lab/alone"
	"wsdoctor/internal/report/accounttest"
	"wsdoctor/internal/report/reporttest"
	"wsdoctor/internal/words"
)

func TestMain(m *testing.M) {
	alone.Enter()
	os.Exit(m.Run())
}

// patience is for one start of the browser on a busy machine.
const patience = 60 * time.Second

// browse starts the browser on a page, in a profile of its own.
func browse(t *testing.T, file string, args ...string) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	always := []string{"--headless=new", "--no-sandbox", "--disable-gpu", "--user-data-dir=" + t.TempDir()}
	cmd := exec.CommandContext(ctx, "chromium", append(append(always, args...), "file://"+file)...)
	cmd.WaitDelay = 5 * time.Second // its helpers may hold its output
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, said.String())
	}
	return out
}

// kept is where a page is put, and what is made of it: the folder that PAGES_OUT names,
// for people to look at.
func kept(t *testing.T, name, content string) string {
	t.Helper()
	dir := os.Getenv("PAGES_OUT")
	if dir == "" {
		dir = t.TempDir()
	}
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// pages are those that are looked at, all in every language.
func pages(t *testing.T) map[string]string {
	list := map[string]string{}
	for _, language := range words.Languages() {
		for _, name := range []string{"healthy", "host-firewall", "undecided", "inside-broken", "hostile"} {
			list[name+"."+language] = page(t, language, reporttest.Samples()[name])
		}
		for _, name := range []string{"quick-setup", "endpoint", "faults", "denied"} {
			list["account-"+name+"."+language] = page(t, language, accounttest.Worlds[name].Report(language))
		}
		list["joined."+language], list["fleet."+language] = joined(t, language), offices(language)
	}
	return list
}

// schemes are what a reader may wish for, as the browser numbers them.
var schemes = map[string]string{
	"dark": "--blink-settings=preferredColorScheme=0", "light": "--blink-settings=preferredColorScheme=1",
}

// policy is what keeps the page from running the checker.
var policy = regexp.MustCompile(`<meta http-equiv="Content-Security-Policy"[^>]*>\n`)

// finished runs the checker over everything, unfolded, and leaves what it says where the
// browser prints it.
const finished = `<script>%s</script><script>
axe.run(document, {resultTypes: ['violations']}).then(r => {
  const said = r.violations.map(v => v.id + ': ' + v.help + ': ' + v.nodes.slice(0, 3).map(n => n.html).join(' | '));
  document.body.setAttribute('data-checked', JSON.stringify({rules: r.passes.length, violations: said}));
}, e => document.body.setAttribute('data-checked', JSON.stringify({rules: 0, violations: [String(e)]})));
</script>`

var checked = regexp.MustCompile(`data-checked="([^"]*)"`)

var unescaped = strings.NewReplacer("&quot;", `"`, "&lt;", "<", "&gt;", ">", "&amp;", "&")

// leastRules is fewer than the checker applies to any page.
const leastRules = 10

func TestEveryPageCanBeUsedByEverybody(t *testing.T) {
	axe, err := os.ReadFile(os.Getenv("PAGES_AXE"))
	if err != nil {
		t.Fatalf("the checker: %v", err)
	}
	for name, content := range pages(t) {
		content = policy.ReplaceAllString(content, "")
		content = strings.ReplaceAll(content, "<details>", "<details open>")
		content = strings.Replace(content, "</body>", fmt.Sprintf(finished, axe)+"</body>", 1)
		file := kept(t, name+".checked.html", content)
		for scheme, flag := range schemes {
			if scheme == "dark" && !strings.HasSuffix(name, ".en") {
				continue // colours are the same in every language
			}
			dom := browse(t, file, flag, "--virtual-time-budget=20000", "--dump-dom")
			m := checked.FindSubmatch(dom)
			if m == nil {
				t.Errorf("%s, %s: the checker did not finish", name, scheme)
				continue
			}
			var said struct {
				Rules      int
				Violations []string
			}
			if err := json.Unmarshal([]byte(unescaped.Replace(string(m[1]))), &said); err != nil {
				t.Fatal(err)
			}
			if len(said.Violations) > 0 || said.Rules < leastRules {
				t.Errorf("%s, %s: %d rules passed; %s", name, scheme, said.Rules, strings.Join(said.Violations, "\n"))
			}
		}
	}
}

// A checker that finds nothing must be one that could.
func TestTheCheckerNotices(t *testing.T) {
	axe, err := os.ReadFile(os.Getenv("PAGES_AXE"))
	if err != nil {
		t.Fatalf("the checker: %v", err)
	}
	bad := `<!DOCTYPE html><html><head><title>x</title></head><body>` +
		`<p style="color:#aaa;background:#fff">pale</p><img src="">` + fmt.Sprintf(finished, axe) + `</body></html>`
	dom := string(browse(t, kept(t, "bad.html", bad), "--virtual-time-budget=20000", "--dump-dom"))
	for _, rule := range []string{"color-contrast", "image-alt", "html-has-lang"} {
		if !strings.Contains(dom, "&quot;"+rule+":") {
			t.Errorf("%s is not noticed", rule)
		}
	}
}

// What is printed is short, says the verdict, and leaves out what is folded.
func TestAPageIsPrintedOnPaper(t *testing.T) {
	for name, content := range pages(t) {
		if strings.HasPrefix(name, "hostile") || strings.HasPrefix(name, "healthy") {
			continue // as long as somebody made it, and like the others
		}
		file := kept(t, name+".html", content)
		pdf := strings.TrimSuffix(file, ".html") + ".pdf"
		browse(t, file, "--no-pdf-header-footer", "--print-to-pdf="+pdf)
		out, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", pdf, "-").Output()
		if err != nil {
			t.Fatalf("pdftotext: %v", err)
		}
		text := string(out)
		most := 2
		if strings.Contains(content, `class="architecture"`) {
			most = 3 // the architecture takes one
		}
		if n := strings.Count(text, "\f"); n < 1 || n > most {
			t.Errorf("%s: %d sheets", name, n)
		}
		if strings.Contains(text, "BEGIN WSDOCTOR") {
			t.Errorf("%s: the packed report is printed", name)
		}
		if begins := begun.FindStringSubmatch(html5.UnescapeString(content)); begins == nil || !strings.Contains(text, begins[1]) {
			t.Errorf("%s: no %q in\n%s", name, begins, text)
		}
	}
}

// begun is how the verdict begins.
var begun = regexp.MustCompile(`<h1>([^ &<]{1,4})`)

// Every page in light and dark, for people: nothing is held against what it looks like.
func TestPictures(t *testing.T) {
	if os.Getenv("PAGES_OUT") == "" {
		return
	}
	for name, content := range pages(t) {
		for scheme, flag := range schemes {
			file := kept(t, name+".html", content)
			picture := strings.TrimSuffix(file, "html") + scheme + ".png"
			browse(t, file, flag, "--hide-scrollbars", "--window-size=1000,1500", "--screenshot="+picture)
		}
	}
}

// fitting measures every text of a drawing against the box that it stands in, with the
// browser's own fonts, and leaves those that are too long where the browser prints them.
const fitting = `<script>
const boxes = [...document.querySelectorAll('g rect')].map(r => r.getBBox());
const long = [...document.querySelectorAll('g text')].filter(t => {
  const b = t.getBBox();
  const around = boxes.filter(r => r.x <= b.x && b.x <= r.x + r.width && r.y <= b.y && b.y + b.height <= r.y + r.height);
  const inner = around.sort((a, c) => a.width - c.width)[0];
  return !inner || b.x + b.width > inner.x + inner.width;
}).map(t => t.textContent);
document.body.setAttribute('data-checked', JSON.stringify({rules: boxes.length, violations: long}));
</script>`

// The widths of letters are estimated where the architecture is drawn; here they are
// known.
func TestEveryTextOfTheArchitectureFitsItsBox(t *testing.T) {
	for name, content := range pages(t) {
		if !strings.Contains(content, `class="architecture"`) {
			continue
		}
		content = strings.Replace(policy.ReplaceAllString(content, ""), "</body>", fitting+"</body>", 1)
		m := checked.FindSubmatch(browse(t, kept(t, name+".fitting.html", content), "--virtual-time-budget=5000", "--dump-dom"))
		if m == nil {
			t.Errorf("%s was not measured", name)
			continue
		}
		var said struct {
			Rules      int
			Violations []string
		}
		if err := json.Unmarshal([]byte(unescaped.Replace(string(m[1]))), &said); err != nil {
			t.Fatal(err)
		}
		if said.Rules < 10 || len(said.Violations) > 0 {
			t.Errorf("%s: of %d boxes too small: %q", name, said.Rules, said.Violations)
		}
	}
}
