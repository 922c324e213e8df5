package candidates

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
)

// On the way of these tables the host stands at 5, its routers at 1 to 4 and this
// computer at 0. A clue lies between 2 and 3.
var (
	theWay   = Way{End: 5}
	anywhere = map[Act]string{Drop: "012345", DropAnswers: "012345", Unheard: "5", Deny: "0", Reject: "012345", Reset: "012345", Accept: "012345", Cut: "012345"}
)

// except gives the places of every act: anywhere, but for those named.
func except(acts map[Act]string) map[Act]string {
	all := maps.Clone(anywhere)
	maps.Copy(all, acts)
	return all
}

// placesOf writes where each act remains possible, as digits.
func placesOf(list []Candidate) map[Act]string {
	of := map[Act]string{}
	for _, a := range Acts {
		of[a] = ""
	}
	for _, c := range list {
		of[c.Act] += fmt.Sprint(int(c.Place))
	}
	return of
}

// only: of all acts these alone can make a flow end so.
func only(acts ...Act) map[Act]string {
	list := map[Act]string{}
	for _, a := range Acts {
		if slices.Contains(acts, a) {
			list[a] = anywhere[a]
		} else {
			list[a] = ""
		}
	}
	return list
}

// allowed has one row for every kind of clue: what is possible, act by act, where
// it was seen.
var allowed = []struct {
	name string
	clue Clue
	want map[Act]string
}{
	{"nobody makes a port work", Clue{Look: Ended, Ending: Alive}, only()},
	{"accepted, and nothing behind it", Clue{Look: Ended, Ending: Mute}, only(Accept)},
	{"accepted, and ended at the first data", Clue{Look: Ended, Ending: WasCut}, only(Cut)},
	{"reset", Clue{Look: Ended, Ending: WasReset}, only(Reset)},
	{"a reset or an ICMP error", Clue{Look: Ended, Ending: Refusal}, only(Reset, Reject)},
	{"an ICMP error", Clue{Look: Ended, Ending: Rejected}, only(Reject)},
	{"this computer refuses", Clue{Look: Ended, Ending: Denied}, only(Deny)},
	{"silence", Clue{Look: Ended, Ending: Silent}, only(Drop, DropAnswers, Unheard)},

	// A router that filters may still answer for itself: both ends are meant. Who
	// loses only the answers lets the packets go on as far as the control's.
	{"packets end between two", Clue{Look: Swept, Kind: Ends, From: 2, To: 3}, except(map[Act]string{Drop: "23", DropAnswers: "", Unheard: "", Reset: "23"})},
	{"packets come as far as the control's", Clue{Look: Swept, Kind: Passes, From: 2}, except(map[Act]string{Drop: "2345"})},
	{"an answer is given on the way", Clue{Look: Swept, Kind: Forged, From: 2, To: 3}, except(map[Act]string{Drop: "", DropAnswers: "", Unheard: "", Reset: "23", Accept: "23"})},
	{"a refusal is the host's, by its distance", Clue{Look: Swept, Kind: Refused, From: 5, To: 5}, except(map[Act]string{Drop: "", DropAnswers: "", Unheard: "", Reset: "5", Accept: "5"})},

	{"a router had the packets in its hands", Clue{Look: Heard, From: 2}, except(map[Act]string{Drop: "2345", Deny: "", Reset: "2345", Accept: "2345"})},
	{"the answer came too soon to be from farther", Clue{Look: TooSoon, To: 3}, except(map[Act]string{Reject: "0123", Reset: "0123", Accept: "0123", Cut: "0123"})},
	// A program here that answers may connect onwards, so that packets leave.
	{"packets left this computer", Clue{Look: Left}, except(map[Act]string{Drop: "12345", Deny: ""})},
	{"packets did not leave", Clue{Look: Stayed}, map[Act]string{Drop: "0", DropAnswers: "", Unheard: "", Deny: "0", Reject: "0", Reset: "0", Accept: "0", Cut: "0"}},
	{"the SYN could not be sent again", Clue{Look: Unsent}, except(map[Act]string{Drop: "0", DropAnswers: "", Unheard: ""})},
	{"an ICMP error names its sender", Clue{Look: Said, From: 2}, except(map[Act]string{Reject: "2"})},
	{"the same port of another host works", Clue{Look: Alike}, anywhere},
}

func TestWhatEveryActAllows(t *testing.T) {
	for _, row := range allowed {
		left, out := Remaining(theWay, []Clue{row.clue})
		got := placesOf(left)
		for _, a := range Acts {
			if got[a] != row.want[a] {
				t.Errorf("%s: %s is possible at %q, want %q", row.name, a, got[a], row.want[a])
			}
		}
		if len(left)+len(out) != len(theWay.All()) {
			t.Errorf("%s: %d candidates remain and %d are out, of %d", row.name, len(left), len(out), len(theWay.All()))
		}
	}
}

// Whoever adds a look or an act to the predictions says here what it allows.
func TestEveryPredictionHasItsRow(t *testing.T) {
	for look, row := range predictions {
		if !slices.ContainsFunc(allowed, func(r struct {
			name string
			clue Clue
			want map[Act]string
		}) bool {
			return r.clue.Look == look
		}) {
			t.Errorf("the look %s is in no row of the table", look)
		}
		for a := range row {
			if !slices.Contains(Acts, a) {
				t.Errorf("%s predicts for %s, which is no act of a way", look, a)
			}
		}
	}
}

func TestWhereEveryActCanBe(t *testing.T) {
	got := placesOf(theWay.All())
	for _, a := range Acts {
		if got[a] != anywhere[a] {
			t.Errorf("%s at %q, want %q", a, got[a], anywhere[a])
		}
	}
}

// A look that nobody predicts anything of contradicts nobody.
func TestAnUnknownLookRulesNobodyOut(t *testing.T) {
	if left, out := Remaining(theWay, []Clue{{Look: "smelt"}}); len(out) > 0 || len(left) != len(theWay.All()) {
		t.Errorf("%d are out", len(out))
	}
}

// A candidate that several clues contradict is told by the first: the caller puts
// the plainest clue first.
func TestTheFirstContradictionIsRemembered(t *testing.T) {
	first, second := Clue{Look: Heard, From: 2, IDs: []string{"o1"}}, Clue{Look: Swept, Kind: Ends, From: 3, To: 4, IDs: []string{"o2"}}
	_, out := Remaining(theWay, []Clue{first, second})
	by := func(a Act, p Place) string {
		for _, r := range out {
			if r.Act == a && r.Place == p {
				return strings.Join(r.By.IDs, " ")
			}
		}
		return "nobody"
	}
	for _, c := range []struct {
		act   Act
		place Place
		by    string
	}{{Drop, 1, "o1"}, {Drop, 2, "o2"}, {Drop, 3, "nobody"}, {Drop, 4, "nobody"}, {Drop, 5, "o2"}, {Deny, Here, "o1"}, {DropAnswers, 1, "o2"}, {Reject, 1, "nobody"}} {
		if got := by(c.act, c.place); got != c.by {
			t.Errorf("%s at %d is contradicted by %s, want %s", c.act, c.place, got, c.by)
		}
	}
}

func TestWhatIsRare(t *testing.T) {
	rare := func(clue Clue) map[Act]string {
		left, _ := Remaining(theWay, []Clue{clue})
		return placesOf(slices.DeleteFunc(left, func(c Candidate) bool { return !c.Rare }))
	}
	for _, row := range []struct {
		name string
		clue Clue
		want map[Act]string
	}{
		// Only software that connects onwards itself resets here after packets left.
		{"packets left", Clue{Look: Left}, map[Act]string{Reset: "0"}},
		// Most devices that filter a port do so for every host.
		{"another host's same port works", Clue{Look: Alike}, map[Act]string{Drop: "01234", DropAnswers: "01234", Deny: "0", Reject: "01234", Reset: "01234", Accept: "01234", Cut: "01234"}},
		{"packets stayed", Clue{Look: Stayed}, nil},
	} {
		got := rare(row.clue)
		for _, a := range Acts {
			if got[a] != row.want[a] {
				t.Errorf("%s: %s is rare at %q, want %q", row.name, a, got[a], row.want[a])
			}
		}
	}
	// What one clue makes rare no other makes common again, in either order.
	for _, clues := range [][]Clue{{{Look: Left}, {Look: Heard, From: 0}}, {{Look: Heard, From: 0}, {Look: Left}}} {
		left, _ := Remaining(theWay, clues)
		if !slices.Contains(left, Candidate{Act: Reset, Place: Here, Rare: true}) {
			t.Errorf("after %v a reset here is common", clues)
		}
	}
}

func TestPlacesLeaveOutWhatIsRare(t *testing.T) {
	for _, row := range []struct {
		name string
		list []Candidate
		want []Place
	}{
		{"nothing", nil, nil},
		{"nearest first, each once", []Candidate{{Act: Drop, Place: 3}, {Act: Drop, Place: 1}, {Act: Unheard, Place: 3}, {Act: Drop, Place: 2}}, []Place{1, 2, 3}},
		{"rare ones beside common ones", []Candidate{{Act: Reset, Place: 0, Rare: true}, {Act: Reset, Place: 2}}, []Place{2}},
		{"rare and common at one place", []Candidate{{Act: Reset, Place: 2, Rare: true}, {Act: Drop, Place: 2}}, []Place{2}},
		{"all rare", []Candidate{{Act: Drop, Place: 4, Rare: true}, {Act: Drop, Place: 1, Rare: true}}, []Place{1, 4}},
	} {
		if got := Places(row.list); !slices.Equal(got, row.want) {
			t.Errorf("%s: %v, want %v", row.name, got, row.want)
		}
	}
}

func TestCommonPlaces(t *testing.T) {
	for _, row := range []struct{ a, b, want []Place }{
		{nil, []Place{1}, nil}, {[]Place{1, 2}, []Place{3}, nil}, {[]Place{0, 1, 2}, []Place{1, 2, 3}, []Place{1, 2}}, {[]Place{2}, []Place{2}, []Place{2}},
	} {
		if got := Common(row.a, row.b); !slices.Equal(got, row.want) {
			t.Errorf("%v and %v: %v, want %v", row.a, row.b, got, row.want)
		}
	}
}

func TestHiddenIsThePlaceBeforeTheHost(t *testing.T) {
	for p := Here; p <= 5; p++ {
		if got := (Way{End: 5, Hidden: true}).IsHidden(p); got != (p == 4) {
			t.Errorf("place %d: hidden %v", p, got)
		}
		if (Way{End: 5}).IsHidden(p) {
			t.Errorf("place %d is hidden where the host was seen itself", p)
		}
	}
}
