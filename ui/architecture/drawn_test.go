package architecture_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"wsdoctor/internal/account/world"
	"wsdoctor/internal/report"
	"wsdoctor/internal/report/accounttest"
	"wsdoctor/internal/words"
	"wsdoctor/probe"
	"wsdoctor/ui/architecture"
)

// seeds of random accounts that are drawn.
const seeds = 500

// seen is what a picture holds, read out of its SVG.
type seen struct {
	rects []area
	texts []written
	links []link
}

type area struct{ x, y, w, h float64 }

func (a area) meets(b area) bool {
	return a.x < b.x+b.w && b.x < a.x+a.w && a.y < b.y+b.h && b.y < a.y+a.h
}

func (a area) holds(b area) bool {
	return a.x <= b.x && a.y <= b.y && b.x+b.w <= a.x+a.w && b.y+b.h <= a.y+a.h
}

// written is a text with the room that it takes, in usual fonts.
type written struct {
	area
	text string
}

// allowed are the elements of a picture with the attributes that they may have. None of
// them runs anything or fetches anything.
var allowed = map[string][]string{
	"svg": {"viewBox", "role", "class", "xmlns", "lang", "width", "height",
		"aria-labelledby", "aria-describedby", "aria-label"},
	"title": {"id"}, "desc": {"id"}, "style": nil, "g": {"transform"},
	"rect": {"x", "y", "width", "height", "rx", "class"}, "text": {"x", "y", "class"}, "path": {"d", "class"},
}

// look reads a picture as a browser does; what stands within the boxes' group alone.
func look(svg []byte) (s seen, err error) {
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	boxes, element := false, ""
	var at written
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if err != nil {
			return s, err
		}
		switch e := token.(type) {
		case xml.StartElement:
			attributes, known := allowed[e.Name.Local]
			if !known {
				return s, fmt.Errorf("<%s>", e.Name.Local)
			}
			value := map[string]string{}
			for _, a := range e.Attr {
				if !slices.Contains(attributes, a.Name.Local) {
					return s, fmt.Errorf("<%s %s>", e.Name.Local, a.Name.Local)
				}
				value[a.Name.Local] = a.Value
			}
			number := func(name string) float64 { n, _ := strconv.ParseFloat(value[name], 64); return n }
			element = e.Name.Local
			switch element {
			case "g":
				boxes = true
			case "rect":
				if boxes {
					s.rects = append(s.rects, area{number("x"), number("y"), number("width"), number("height")})
				}
			case "text":
				at = written{area: area{number("x"), number("y") - 12, 0, 15}}
			case "path":
				if kind, is := strings.CutPrefix(value["class"], "link "); is && boxes && moved.MatchString(value["d"]) {
					s.links = append(s.links, lined(kind, value["d"]))
				}
			}
		case xml.CharData:
			if element == "text" && boxes {
				at.text = string(e)
				at.w = roughly(at.text)
				s.texts = append(s.texts, at)
			}
		case xml.EndElement:
			element = ""
			if e.Name.Local == "g" {
				boxes = false
			}
		}
	}
}

// roughly is how wide a text is in an ordinary font of twelve units.
func roughly(text string) (w float64) {
	for _, r := range text {
		if r >= 0x1100 {
			w += 12
		} else {
			w += 6.2
		}
	}
	return w
}

// holds up what is true of every picture: no two boxes overlap, every text lies in its
// box, and no link crosses a text.
func (s seen) check() error {
	for i, a := range s.rects {
		for _, b := range s.rects[:i] {
			if a.meets(b) && !a.holds(b) && !b.holds(a) {
				return fmt.Errorf("%v overlaps %v", a, b)
			}
		}
	}
	for _, text := range s.texts {
		in, found := area{}, false
		for _, r := range s.rects { // the innermost is drawn last
			if r.holds(area{text.x, text.y, 0, text.h}) {
				in, found = r, true
			}
		}
		switch {
		case !found:
			return fmt.Errorf("%q stands in no box", text.text)
		case !in.holds(text.area):
			return fmt.Errorf("%q is too long for its box", text.text)
		}
		for _, link := range s.links {
			if slices.ContainsFunc(link.parts, area{text.x, text.y, text.w * 0.9, text.h}.meets) {
				return fmt.Errorf("a link crosses %q", text.text)
			}
		}
	}
	for _, link := range s.links {
		if i := slices.IndexFunc(s.rects, link.through); i >= 0 {
			return fmt.Errorf("a link (%s) goes through %v", link.kind, s.rects[i])
		}
	}
	return nil
}

// all are the texts of a picture.
func (s seen) all() string {
	var b strings.Builder
	for _, t := range s.texts {
		b.WriteString(t.text + "\n")
	}
	return b.String()
}

// times counts a name that stands alone.
func times(name, text string) int {
	return len(regexp.MustCompile(`(?m)(^|[^\w-])`+regexp.QuoteMeta(name)+`($|[^\w-])`).FindAllString(text, -1))
}

// resources are those that a report tells of and that a picture has to show: what belongs
// to the user's WorkSpace and to its directory.
func resources(w *world.World, q probe.QuestionDetail) (ids []string) {
	read := func(action string) bool { return w.Fails[action] == "" }
	add := func(list ...string) {
		for _, id := range list {
			if id != "" && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	d := w.Directories[0]
	for _, other := range w.Directories {
		if q.Code && other.Code == world.Code {
			d = other
		}
	}
	subnets := slices.Clone(d.Subnets)
	for _, x := range w.Workspaces {
		if strings.EqualFold(x.User, q.User) {
			add(x.ID)
		}
	}
	add(w.Identity.Account, d.ID, d.MembersGroup, d.CustomGroup)
	add(d.IPGroups...)
	for _, e := range d.Endpoints {
		add(e.ID)
	}
	mine := probe.AccountWorkspace{}
	if strings.EqualFold(w.Workspaces[0].User, q.User) {
		mine = w.Workspaces[0]
	}
	if !slices.Contains(subnets, mine.Subnet) {
		subnets = append(subnets, mine.Subnet)
	}
	if read("ds:DescribeDirectories") {
		for _, s := range w.Services {
			if s.ID == d.ID {
				add(s.SecurityGroup)
			}
		}
	}
	add(subnets...)
	if read("ec2:DescribeNetworkInterfaces") {
		for _, i := range w.Interfaces {
			if mine.ID != "" && i.Address == mine.Address && i.Subnet == mine.Subnet {
				add(i.ID)
				add(i.Groups...)
			}
			if strings.Contains(i.Description, "directory "+d.ID) && slices.Contains(subnets, i.Subnet) {
				add(i.ID)
			}
		}
	}
	if read("ec2:DescribeRouteTables") {
		for _, table := range w.Tables {
			if !slices.ContainsFunc(subnets, func(id string) bool { return slices.Contains(table.Subnets, id) }) {
				continue
			}
			add(table.ID)
			for _, r := range table.Routes {
				if strings.HasPrefix(r.Target, "igw-") || strings.HasPrefix(r.Target, "nat-") {
					add(r.Target)
				}
			}
		}
	}
	return ids
}

func TestRandomAccountsAreDrawnWhole(t *testing.T) {
	resourcesSeen, codes, withLinks, privates := 0, 0, 0, 0
	for seed := range uint64(seeds) {
		drawn := world.Draw(seed)
		language := words.Languages()[seed%2]
		r := accounttest.Report(drawn.World, drawn.Question, language)
		d := architecture.Of(r)
		svg := architecture.SVG(in(t, language), d)
		s, err := look(svg)
		if err == nil {
			err = s.check()
		}
		if err != nil {
			t.Errorf("seed %d: %v", seed, err)
			continue
		}
		privates += joinedBy(t, d, s, architecture.Private, architecture.Stream)
		all := s.all()
		for _, id := range resources(drawn.World, drawn.Question) {
			resourcesSeen++
			if n := times(id, all); n != 1 {
				t.Errorf("seed %d: %s is drawn %d times\n%v %v", seed, id, n, drawn.Faults, drawn.Denied)
			}
		}
		for _, f := range r.Findings {
			codes++
			if times(f.Code, all) == 0 {
				t.Errorf("seed %d: %s is on no box", seed, f.Code)
			}
		}
		if len(s.links) >= 7 {
			withLinks++
		}
		for _, width := range []int{40, 80, 100} {
			for _, line := range architecture.Lines(in(t, language), d, width, false, same) {
				if n := ansi.StringWidth(line); n > width {
					t.Errorf("seed %d: %d columns of %d: %s", seed, n, width, line)
				}
			}
		}
	}
	if resourcesSeen < 10*seeds || codes < seeds/2 || withLinks < seeds*4/5 || privates < seeds/20 {
		t.Errorf("%d resources, %d findings, %d pictures whose boxes are joined, %d ways over endpoints: too few to show anything",
			resourcesSeen, codes, withLinks, privates)
	}
}

// A picture that is wrong must be noticed.
func TestAWrongPictureIsNoticed(t *testing.T) {
	good := string(architecture.SVG(in(t, "en"), architecture.Of(accounttest.Worlds["faults"].Report("en"))))
	before, boxes, _ := strings.Cut(good, "<g ")
	for name, wrong := range map[string]string{
		"overlap": before + "<g " + strings.Replace(boxes, ` width="1`, ` width="9`, 1),
		"script":  strings.Replace(good, "<g ", "<script/><g ", 1),
		"broken":  strings.Replace(good, "</g>", "", 1),
		"way":     regexp.MustCompile(`d="[^"]*" class="link stream"`).ReplaceAllString(good, `d="M20 150L900 150" class="link stream"`),
		"text":    strings.Replace(good, ">Internet<", ">"+strings.Repeat("Internet ", 90)+"<", 1),
	} {
		s, err := look([]byte(wrong))
		if err == nil {
			err = s.check()
		}
		if err == nil || wrong == good {
			t.Errorf("%s is not noticed", name)
		}
	}
}

// In a report of which everything was denied nothing is marked as read, and each box says
// which action is missing.
func TestWhatWasDeniedIsNotVerified(t *testing.T) {
	d := architecture.Of(accounttest.Worlds["denied"].Report("en"))
	unread := 0
	for _, b := range d.Boxes() {
		if b.State == architecture.Unread {
			unread++
		}
		if b.State == architecture.Verified && b.Name != world.Account {
			t.Errorf("%s is verified", b.ID)
		}
	}
	if unread < 5 {
		t.Errorf("only %d boxes are not read", unread)
	}
	s, err := look(architecture.SVG(in(t, "en"), d))
	if err != nil || !strings.Contains(s.all(), "workspaces:DescribeWorkspaceDirectories") {
		t.Errorf("%v\n%s", err, s.all())
	}
}

// What no call shows stays so, whatever was read.
func TestNobodySeesWhatLiesInAWS(t *testing.T) {
	for seed := range uint64(50) {
		drawn := world.Draw(seed)
		r := accounttest.Report(drawn.World, drawn.Question, "en")
		for _, b := range architecture.Of(r).Boxes() {
			if slices.Contains([]string{"eth0", "sign-in", "streaming", "management"}, b.ID) &&
				(b.State == architecture.Verified || b.State == architecture.Unread) {
				t.Errorf("seed %d: %s: %d", seed, b.ID, b.State)
			}
		}
	}
}

func TestARedactedReportIsDrawn(t *testing.T) {
	for name, w := range accounttest.Worlds {
		r := w.Report("en")
		redacted := report.NewRedactor(report.Names{}).Report(r)
		before, after := architecture.Of(r).Boxes(), architecture.Of(redacted).Boxes()
		if len(before) != len(after) {
			t.Errorf("%s: %d boxes, redacted %d", name, len(before), len(after))
		}
		s, err := look(architecture.SVG(in(t, "en"), architecture.Of(redacted)))
		if err == nil {
			err = s.check()
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Every text is of the catalogue, with its arguments.
func TestNoTextIsMissing(t *testing.T) {
	for _, language := range words.Languages() {
		pictures := []architecture.Drawing{architecture.Generic()}
		for _, w := range accounttest.Worlds {
			pictures = append(pictures, architecture.Of(w.Report(language)))
		}
		for seed := range uint64(100) {
			drawn := world.Draw(seed)
			pictures = append(pictures, architecture.Of(accounttest.Report(drawn.World, drawn.Question, language)))
		}
		for _, d := range pictures {
			svg := string(architecture.SVG(in(t, language), d))
			if text := styled.ReplaceAllString(svg, ""); strings.ContainsAny(text, "{}[]") {
				t.Errorf("%s: %s", language, regexp.MustCompile(`.{40}[{}\[\]].{40}`).FindString(text))
			}
		}
	}
}

func FuzzNamesMeanNothing(f *testing.F) {
	for _, name := range []string{
		"</text></svg><script>alert(1)</script>", "\x1b[31m\x00\x07",
		"名前" + strings.Repeat("長い", 200), strings.Repeat("w", 5000),
		"a\u202eb\ufffe\uffff", "&amp; ]]>",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		w := world.Healthy()
		d := &w.Directories[0].RegisteredDirectory
		d.Name, d.IPGroups = name, []string{name, world.IPGroupID}
		w.IPGroups = []probe.IPGroup{{ID: world.IPGroupID, Name: name, Unread: []string{name, name}}}
		w.Groups[0].Name, w.Workspaces[0].Computer, w.Workspaces[0].State = name, name, name
		w.Tables[0].Routes[1].Target, w.Roles[0].Trusts[0].Services = name, []string{name}
		w.Interfaces[0].Groups = append(w.Interfaces[0].Groups, name)
		w.Identity.Account, w.Region = name, name
		r := accounttest.Report(w, probe.QuestionDetail{User: world.User, System: name}, "ja")
		drawing := architecture.Of(r)
		s, err := look(architecture.SVG(in(t, "ja"), drawing))
		if err == nil {
			err = s.check()
		}
		if err != nil {
			t.Error(err)
		}
		for _, width := range []int{40, 80} {
			for _, line := range architecture.Lines(in(t, "ja"), drawing, width, false, same) {
				if ansi.StringWidth(line) > width || strings.ContainsFunc(line, unicode.IsControl) {
					t.Errorf("%d columns: %q", width, line)
				}
			}
		}
	})
}
